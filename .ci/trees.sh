# Copies of the tree, and Pythons, for the scripts beside this one; they set `root`.

section() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

copy_tree() {  # copy_tree FOLDER: what git tracks, and what it would; links as links
  mkdir -p "$1"
  git -C "$root" ls-files -z --cached --others --exclude-standard --deduplicate |
    (cd "$root" && while IFS= read -r -d '' name; do
      [ ! -e "$name" ] && [ ! -L "$name" ] || printf '%s\0' "$name"
    done) |
    tar -C "$root" --null --no-recursion -T - -cf - | tar -C "$1" -xf -
}

is_python() {  # is_python COMMAND MINOR: it starts, and it is that version
  "$1" -c "import sys, venv; sys.exit(sys.version_info[:2] != (3, $2))" >/dev/null 2>&1
}

find_python() {  # find_python MINOR: the first command or path that is Python 3.MINOR
  local candidate
  for candidate in python3 "python3.$1" "$HOME"/.pyenv/versions/3."$1".*/bin/python3; do
    if is_python "$candidate" "$1"; then echo "$candidate"; return; fi
  done
}
