"""What is kept of a message's text: its kind, whether it links or asks, and how long it is."""

from __future__ import annotations

import re

KINDS = ("text", "picture", "video", "voice", "file", "sticker", "deleted", "other")
TEXT, PICTURE, VIDEO, VOICE, FILE, STICKER, DELETED, OTHER = range(len(KINDS))
KIND = 7  # bits of a mark that hold the kind
LINK, QUESTION = 8, 16

_ADDRESS = re.compile(r"(?:\w+://|www\.)\S+")
# Invisible characters that steer the direction of writing, and the byte order mark.
STEERING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
_PROGRAMS_WORDS = {
    # What stands in the place of something that is no text, by the language of the program.
    OTHER: (
        "<media omitted>", "<medien ausgeschlossen>", "<medien weggelassen>", "<médias omis>",
        "<fichier omis>", "<multimedia omitido>", "<archivo omitido>", "<mídia oculta>",
        "<mídia omitida>", "<ficheiro não revelado>", "<media omessi>", "<media omesso>",
        "<media weggelaten>", "<без медиафайлов>", "<файл пропущен>", "<medya dahil edilmedi>",
        "<media tidak disertakan>", "<省略多媒体文件>", "<忽略多媒體檔>", "<略過多媒體檔>",
        "<メディアなし>", "<メディアは含まれていません>", "<미디어 파일 제외됨>", "<मीडिया के बिना>",
        "<تم استبعاد الوسائط>", "<pominięto multimedia>", "<media utelämnat>",
        "[位置]", "[名片]", "[链接]", "[分享链接]", "[小程序]", "[转账]", "[红包]", "[聊天记录]",
        "[qq红包]", "[卡片消息]", "contact card omitted",
    ),
    PICTURE: (
        "image omitted", "<image omitted>", "gif omitted", "bild weggelassen", "gif weggelassen",
        "image absente", "imagen omitida", "imagem ocultada", "imagem omitida",
        "immagine omessa", "afbeelding weggelaten", "изображение пропущено",
        "görüntü dahil edilmedi",
        "gambar tidak disertakan", "图像已忽略", "图片已忽略", "省略图片", "已略過圖片",
        "画像は含まれていません", "[图片]", "[圖片]", "[image]", "[photo]",
    ),
    VIDEO: (
        "video omitted", "<video omitted>", "video weggelassen", "vidéo absente", "video omitido",
        "vídeo omitido", "vídeo ocultado", "video omesso", "видео пропущено", "视频已忽略",
        "省略视频", "已略過影片", "video note omitted", "[视频]", "[視頻]", "[video]",
    ),
    VOICE: (
        "audio omitted", "<audio omitted>", "audio weggelassen", "audio omis", "audio omitido",
        "áudio ocultado", "áudio omitido", "audio omesso", "аудиофайл пропущен", "音频已忽略",
        "省略音频", "已略過音訊", "[语音]", "[語音]", "[voice]",
    ),
    FILE: (
        "document omitted", "dokument weggelassen", "document absent", "documento omitido",
        "documento ocultado", "documento omesso", "文档已忽略", "[文件]", "[file]",
    ),
    STICKER: (
        "sticker omitted", "<sticker omitted>", "sticker weggelassen", "sticker non inclus",
        "sticker omitido", "figurinha omitida", "贴图已忽略", "[表情]", "[动画表情]", "[表情包]",
        "[sticker]",
    ),
    DELETED: (
        "this message was deleted", "you deleted this message", "diese nachricht wurde gelöscht",
        "du hast diese nachricht gelöscht", "ce message a été supprimé", "se eliminó este mensaje",
        "eliminaste este mensaje", "mensagem apagada", "essa mensagem foi apagada",
        "questo messaggio è stato eliminato", "данное сообщение удалено", "此消息已删除",
        "您已删除此消息", "這則訊息已刪除", "[已撤回]",
    ),
}  # fmt: skip
_KIND_OF_WORDS = {words: kind for kind, several in _PROGRAMS_WORDS.items() for words in several}
# Of them those that look as if a person had written them.
_AS_IF_WRITTEN = frozenset(
    form + end
    for words in _KIND_OF_WORDS
    if words[0] not in "<["
    for form in (words, words[0].upper() + words[1:])
    for end in ("", ".")
)
_SPECIAL = "<[\u200e\u200f "  # first letters of what may stand in the place of a text
_ENDS = ")>）"
_EDITED = re.compile(
    r"\s*[\u200e\u200f]*<(?:This message was edited|Diese Nachricht wurde bearbeitet"
    r"|Ce message a été modifié|Se editó este mensaje|Mensagem editada|此消息已编辑)\.?>$"
)
# A name of a file before or behind words of the program, in brackets of one kind or the other.
_ATTACHED = re.compile(
    r"[\u200e\u200f]*(?:<[^<>:]{1,40}[:：] ?([^<>]{1,300})>"
    r"|([^\n]{1,300}?\.\w{1,5}) [(（][^()（）]{1,40}[)）])"
)
_KIND_OF_ENDING = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "heic", "bmp", "tiff", "svg"), PICTURE),
    **dict.fromkeys(("mp4", "mov", "3gp", "avi", "mkv", "webm", "m4v"), VIDEO),
    **dict.fromkeys(("opus", "ogg", "mp3", "m4a", "aac", "amr", "wav"), VOICE),
    "webp": STICKER,
}


def marks_of(text: str) -> int:
    """Whether a text links or asks.

    Parameters
    ----------
    text : str
        What was written, or a line of it.

    Returns
    -------
    int
        `LINK`, `QUESTION`, both or 0. It asks when it has a question mark outside of an address.
    """
    marks = 0
    asks = "?" in text or "？" in text or "؟" in text
    if "://" in text or "www." in text:
        marks = LINK
        asks = asks and any(mark in _ADDRESS.sub("", text) for mark in "?？؟")
    return marks | QUESTION if asks else marks


def marked(text: str) -> tuple[int, int]:
    """Kind and marks of a message, and its length.

    Parameters
    ----------
    text : str
        As the export has it: also what the program writes in the place of a picture.

    Returns
    -------
    marks : int
        A kind with `LINK` and `QUESTION`.
    length : int
        Characters that a person wrote; 0 in the place of something else.
    """
    ordinary = text[:1] not in _SPECIAL and text[-1:] not in _ENDS
    if ordinary and text not in _AS_IF_WRITTEN and "\n" not in text:
        return marks_of(text), len(text)
    text = _EDITED.sub("", text)
    words = text.strip(STEERING + " \r\u202f\u00a0").lower().rstrip(".")
    first, _, caption = words.partition("\n")
    kind = _KIND_OF_WORDS.get(first)
    if kind is None and (found := _ATTACHED.fullmatch(text.partition("\n")[0].rstrip())):
        kind = kind_of_file(found.group(1) or found.group(2))
    if kind is None:
        return marks_of(text), len(text)
    return kind | marks_of(caption), len(caption)


def kind_of_file(name: str) -> int:
    """The kind of a message from the ending of a file's name: `FILE` when it says nothing."""
    return _KIND_OF_ENDING.get(name.rpartition(".")[2].strip().lower(), FILE)
