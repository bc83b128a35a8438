"""Input that is wrong: one clear message for each, exit code 2, nothing left behind."""

from __future__ import annotations

import pytest

from shequn.commands import main
from shequn.model.community import Community

RUN = ("run", "tiny.toml")
SWEEP = ("sweep", "tiny.toml", "--replicates", "2", "--vary")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("run", "wechat-grup"), ["wechat-grup", "no such scenario", "'wechat-group'?"]),
        (("run", "missing.toml"), ["missing.toml: no such file"]),
        (("run", "."), ["is a folder"]),
        (("run", "x" * 300), ["no such scenario; there are"]),
        ((*RUN, "--set", "grup.capacity=5"), ["grup.capacity", "did you mean 'group.capacity'?"]),
        ((*RUN, "--set", "group.capacity"), ["--set group.capacity", "PATH=VALUE"]),
        ((*RUN, "--set", "group.capacity=five"), ["'five' is not a number", "1 to 1e+07 persons"]),
        ((*RUN, "--set", "group.capacity=1.5"), ["group.capacity: 1.5 is not a whole number"]),
        ((*RUN, "--set", "product.price=-1"), ["-1 is out of range", "0 to 1e+07 CNY"]),
        ((*RUN, "--set", "product.price=nan"), ["product.price: nan is not a value"]),
        ((*RUN, "--set", "tiers.base.share=0.5"), ["three tier shares sum to", "not to 1"]),
        ((*RUN, "--set", "group.capacity=9"), ["capacity 9 is below the 10 seed members"]),
        ((*RUN, "--set", "policy.name=cadense"), ["policy.name", "did you mean 'cadence'?"]),
        ((*RUN, "--set", "market.network=no.csv"), ["market.network", "no.csv", "No such file"]),
        ((*RUN, "--set", "market.network=tiny.toml"), ["tiny.toml: line 1: no column from, to"]),
        ((*RUN, "--set", "market.network=edges.csv"), ["edges.csv: line 3", "'61'", "1 to 60"]),
        ((*RUN, "--days", "-5"), ["run.days: -5 is out of range", "0 to 100000 day"]),
        ((*RUN, "--days", "few"), ["--days", "'few'"]),
        ((*RUN, "--seed", "-1"), ["run.seed: -1 is out of range"]),
        ((*RUN, "--seed", str(2**64)), ["run.seed", "out of range"]),
        ((*RUN, "--seed", "1" + 400 * "0"), ["run.seed", "out of range"]),
        ((*RUN, "--engine", "fast"), ["--engine", "'fast'", "compiled"]),
        ((*RUN, "--threads", "0"), ["--threads: 0 is out of range", "1 or more"]),
        ((*RUN, "--out", "tiny.toml/x"), ["tiny.toml/x: cannot be written: Not a directory"]),
        ((*RUN, "--out", "tiny.toml"), ["tiny.toml: cannot be written"]),
        ((*RUN, "--out", "."), ["the folder is not empty", "nothing is overwritten"]),
        ((*SWEEP, "policy.promo_shar=0,1"), ["--vary", "did you mean 'policy.promo_share'?"]),
        ((*SWEEP, "policy.promo_share"), ["--vary policy.promo_share", "PATH=VALUES"]),
        ((*SWEEP, "policy.promo_share="), ["--vary policy.promo_share=", "no value"]),
        ((*SWEEP, "policy.promo_share=0:1:0"), ["empty range"]),
        ((*SWEEP, "policy.promo_share=0:x:3"), ["FROM:TO:HOW_MANY"]),
        ((*SWEEP, "policy.promo_share=0:inf:3"), ["must be finite"]),
        ((*SWEEP, "policy.promo_share=0:1:1000000000"), ["HOW_MANY at most"]),
        ((*SWEEP, "policy.promo_share=0,some"), ["'some' is not a number", "0 to 1"]),
        ((*SWEEP, "product.price=-1,5"), ["-1 is out of range", "CNY"]),
        ((*SWEEP, "group.capacity=9,15"), ["group.capacity=9", "below the 10 seed members"]),
        (("sweep", "tiny.toml"), ["nothing to vary"]),
        ((*SWEEP, "group.capacity=15", "--replicates", "0"), ["--replicates: 0 is out of range"]),
        ((*SWEEP, "group.capacity=15", "--workers", "0"), ["'0' is no crew"]),
        ((*SWEEP, "group.capacity=15", "--seed", str(2**64 - 1)), ["run.seed", "2**64 - 1"]),
        ((*SWEEP, "group.capacity=15", "--out", "tiny.toml/x"), ["tiny.toml/x", "Not a directory"]),
        (
            (*SWEEP, "group.capacity=15", "--vary", "group.capacity=16"),
            ["group.capacity is varied twice"],
        ),
        (("continue", "no.shequn", "--days", "1"), ["no.shequn: cannot be read: No such file"]),
        (("continue", "tiny.toml", "--days", "1"), ["tiny.toml", "no saved community"]),
        (("continue", "tiny.toml", "--days", "-1"), ["--days: -1 is out of range"]),
        (("parameters", "iritation"), ["iritation", "did you mean 'buy.irritation'?"]),
        (("new", "a/b"), ["'a/b' is no name"]),
        (("new", "x", "--from", "blanc"), ["blanc", "did you mean 'blank'?"]),
        (("new", "x", "--lang", "cn"), ["--lang: 'cn' is none of en, zh"]),
        (("new", "x", "--lang"), ["--lang"]),
        (("fly",), ["'fly' is none of run, sweep"]),
    ],
    ids=lambda value: " ".join(value)[-60:] if isinstance(value, tuple) else "",
)
def test_it_is_said_what_is_wrong(refused, here, words, expected):
    (here / "edges.csv").write_text("from,to\n1,2\n3,61\n", encoding="utf-8")
    message = refused(*words)
    for part in expected:
        assert part in message
    assert len(message.splitlines()) == 1


class TestFiles:
    def test_everything_wrong_is_said_at_once_with_file_line_and_key(self, refused, scenario_file):
        path = scenario_file(
            'extends = "blank"\n[group]\ncapcity = 100\n[policy]\n'
            'promo_share = "many"\n[market]\npeople = -2\n'
        )
        lines = refused("check", path).splitlines()
        assert len(lines) == 3
        assert f"{path}: line 3: group.capcity:" in lines[0]
        assert "did you mean 'group.capacity'?" in lines[0]
        assert f"{path}: line 5: policy.promo_share: 'many' is not a number" in lines[1]
        assert f"{path}: line 7: market.people: -2 is out of range" in lines[2]
        assert "persons" in lines[2]

    @pytest.mark.parametrize("command", ["check", "run"])
    def test_malformed_toml_names_the_line(self, refused, scenario_file, command):
        path = scenario_file('title = "x"\n[group\ncapacity = 3\n')
        message = refused(command, path)
        assert f"{path}: not valid TOML" in message
        assert "line 2" in message

    def test_a_file_that_is_no_text(self, refused, here):
        (here / "picture.toml").write_bytes(b"\x89PNG\r\n\xff\xfe\x00")
        assert "picture.toml: cannot be read: not UTF-8" in refused("run", "picture.toml")

    @pytest.mark.parametrize(
        "text",
        ["title = 5", "description = 5", "description = {a = 1}", "extends = [1]", "group = 5"],
    )
    def test_a_head_of_another_kind(self, refused, scenario_file, text):
        message = refused("check", scenario_file(text))
        assert f"line 1: {text.split()[0]}" in message

    def test_files_that_extend_each_other(self, refused, here):
        (here / "a.toml").write_text('extends = "b.toml"\n')
        (here / "b.toml").write_text('extends = "a.toml"\n')
        assert "extends itself" in refused("run", "a.toml")


class TestPolicies:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Raising", "policy Raising: day 3: RuntimeError: no idea what to post, 社"),
            ("Sevens", "policy Sevens: day 3: 7 is no list of posts"),
            ("Words", "policy Words: day 3: post 1: 'buy!' is no Post"),
            (
                "Rasing",
                "policies.py: no class 'Rasing' with a method plan; did you mean 'Raising'?",
            ),
        ],
    )
    @pytest.mark.parametrize("out", [(), ("--out", "deep/er/folder")])
    def test_a_policy_that_fails(self, refused, use, name, expected, out):
        assert expected in refused("run", "tiny.toml", *use(name), *out)

    def test_an_empty_folder_of_the_user_stays(self, refused, use, here):
        (here / "mine").mkdir()
        refused("run", "tiny.toml", *use("Raising"), "--out", "mine")


class TestSaving:
    @pytest.fixture(autouse=True)
    def no_step(self, monkeypatch):
        """No day may pass before the message comes."""

        def step(community):
            if community.settings.name == "tiny":
                raise AssertionError("a day passed")

        monkeypatch.setattr(Community, "step", step)

    @pytest.mark.parametrize(
        ("target", "expected"),
        [
            ("tiny.toml", "tiny.toml: exists already; nothing is overwritten"),
            (".", "exists already"),
            ("no/such/folder.shequn", "cannot be written: No such file or directory"),
            ("tiny.toml/x.shequn", "cannot be written: Not a directory"),
        ],
    )
    def test_where_nothing_can_be_saved_is_found_before_the_run(self, refused, target, expected):
        assert expected in refused("run", "tiny.toml", "--save", target)

    def test_and_before_going_on(self, refused, here):
        Community("tiny.toml").save("start.shequn")
        words = ("continue", "start.shequn", "--days", "2")
        assert "exists already" in refused(*words, "--save", "tiny.toml")
        assert "without --messages" in refused(*words, "--messages")


def test_a_policy_whose_state_cannot_be_saved_keeps_its_results(here, use, capsys):
    words = ("--days", "1", "--out", "a", "--save", "x.shequn")
    assert main(["run", "tiny.toml", *use("Tuples"), *words]) == 2
    out, err = capsys.readouterr()
    assert "policy Tuples cannot be saved: pair = (1, 2)" in err
    assert "written to a" in out
    assert (here / "a" / "daily.csv").exists()
    assert not [path for path in here.rglob("*") if path.suffix in (".part", ".shequn")]
