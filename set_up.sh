#!/bin/sh
# Makes ready what a target of the Makefile needs: `sh set_up.sh PART…`, one part after the other.
#
#   lint              ruff alone, in .venv
#   card, dev         dualcos in .venv; with its test tools
#   mutate, fuzz,     dev, and what `make mutate`, `make fuzz` and `make report-pages` use besides
#   pages
#   pyscard           what PC/SC clients in Python need, compiled against libpcsclite
#   debian            the Debian packages named in $DEBIAN
#
# Whole things are left alone, half-made ones are made anew: what counts is what is there, not that somebody began.
# What a target cannot do without ends in one line that says what to do, and the same command again goes on from there;
# without Debian packages, pyscard and fuzz it goes on. $PYTHON: which Python .venv is to have.
set -u
cd "$(dirname "$0")" || exit 1

VENV=.venv
IN_VENV=$VENV/bin/python
BUSY=build/setting-up # holds the process that is changing .venv; that of a dead one: it was interrupted
AGAIN="then the same command again"

stop() {
  forget_busy
  printf '%s\n' "$*" >&2
  exit 1
}

forget_busy() {
  [ "$(cat $BUSY 2>/dev/null)" != $$ ] || rm -f $BUSY
}

# --- which Python -----------------------------------------------------------------------------------------------------

version_of() {
  "$1" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

new_enough() { # VERSION
  case $1 in 3.[0-9] | 3.10 | 2.* | "") return 1 ;; esac
}

# The Python that .venv is made with: the one asked for, or the first that is new enough.
find_python() {
  for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if new_enough "$(version_of "$name")"; then
      python=$name
      return
    fi
  done
  asked=${PYTHON:-python3}
  found=$(version_of "$asked")
  if [ -n "$found" ]; then
    stop "$asked is Python $found; dualcos needs 3.11 or newer: name one with PYTHON=…, $AGAIN"
  fi
  stop "There is no Python here by the name of $asked; install Python 3.11 or newer or name it with PYTHON=…, $AGAIN"
}

# Debian keeps what a virtual environment is made with in a package of its own.
want_ensurepip() {
  has_ensurepip && return
  command -v apt-get >/dev/null ||
    stop "$python cannot make virtual environments: install its modules venv and ensurepip, $AGAIN"
  case ${python##*/} in python3*) package=${python##*/}-venv ;; *) package=python3-venv ;; esac
  apt_install "$package" && has_ensurepip && return
  stop "$package is missing ($python has no ensurepip, and ${reason:-the package did not help}):" \
    "$(as_administrator "apt-get install $package"), $AGAIN"
}

has_ensurepip() {
  "$python" -I -c 'import ensurepip, venv' 2>/dev/null
}

# --- .venv ------------------------------------------------------------------------------------------------------------

# Where .venv was made, as its own scripts have it: these do not work anywhere else.
made_in() {
  sed -n 's/^ *\(export \)\{0,1\}VIRTUAL_ENV=//p' $VENV/bin/activate 2>/dev/null | tail -n 1 | tr -d "\"'"
}

# Why .venv cannot be used as it is; nothing if it can.
defect() {
  if [ -e $BUSY ]; then
    echo "was left in the middle of a change"
    return
  fi
  has=$(version_of $IN_VENV)
  place=$(made_in)
  if [ -z "$has" ]; then
    echo "has no Python that runs"
  elif ! new_enough "$has"; then
    echo "has Python $has, dualcos needs 3.11 or newer"
  elif [ -n "${PYTHON:-}" ] && [ "$has" != "$(version_of "$PYTHON")" ]; then
    echo "has Python $has, not that of $PYTHON"
  elif [ -z "$place" ]; then
    echo "is half-made"
  elif ! [ "$place" -ef $VENV ]; then
    echo "was made for another place"
  elif ! $IN_VENV -I -c 'import pip' 2>/dev/null; then
    echo "has no pip"
  fi
}

want_venv() {
  worker=$(cat $BUSY 2>/dev/null)
  if [ -n "$worker" ] && [ "$worker" != $$ ] && is_running "$worker"; then
    stop "Another make is setting up $VENV (process $worker): wait until it is done, $AGAIN"
  fi
  why=
  if [ -e $VENV ] || [ -L $VENV ]; then
    why=$(defect)
    [ -n "$why" ] || return 0
    why="$VENV $why. "
  fi
  find_python
  want_ensurepip
  want_writable
  echo "${why}Making $VENV with $python …"
  begin
  [ -d $VENV ] || rm -f $VENV
  said=$("$python" -m venv --clear $VENV 2>&1) || stop "$VENV could not be made: $(last_of "$said")"
  rm -f $BUSY
}

is_running() {
  kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]
}

begin() {
  { mkdir -p build && echo $$ >$BUSY; } 2>/dev/null || stop "The folder build cannot be written: $(owner_of build)"
}

want_writable() {
  [ -w . ] || stop "This folder cannot be written: $(owner_of .)"
  { ! [ -d $VENV ]; } || [ -w $VENV ] || stop "$VENV cannot be written: $(owner_of $VENV)"
}

owner_of() {
  echo "it belongs to $(ls -ld "$1" | awk '{print $3}'), you are $(id -un); make it yours (sudo chown -R $(id -un) $1), $AGAIN"
}

last_of() {
  printf '%s\n' "$1" | sed '/^[[:space:]]*$/d' | tail -n 1
}

# --- what is in it ----------------------------------------------------------------------------------------------------

is_fresh() { # STAMP
  [ -e "$VENV/$1" ] && ! [ pyproject.toml -nt "$VENV/$1" ]
}

# pip_install STAMP WHAT PIP-ARGUMENT…: $reason says why, if it fails.
pip_install() {
  stamp=$1 what=$2
  shift 2
  want_writable
  echo "Installing $what into $VENV (a minute or two the first time) …"
  begin
  if $IN_VENV -m pip install --quiet --disable-pip-version-check "$@" >$VENV/pip.log 2>&1; then
    touch "$VENV/$stamp"
    rm -f $BUSY
    return 0
  fi
  rm -f $BUSY
  reason=$(sed -n 's/^.*ERROR: *//p' $VENV/pip.log | tail -n 1)
  if grep -q "NewConnectionError\|ConnectTimeout\|ProxyError\|Max retries\|resolution" $VENV/pip.log; then
    reason="no package index can be reached; is there a network?"
  fi
  reason="${reason:-$(last_of "$(cat $VENV/pip.log)")} (all of it: $VENV/pip.log)"
  return 1
}

# The same for what there is no going on without.
must_install() {
  is_fresh "$1" && return
  pip_install "$@" || stop "Could not install $2: $reason; mend that, $AGAIN"
}

want_starting() {
  said=$($IN_VENV -m dualcos --version 2>&1) || {
    rm -f $VENV/card $VENV/dev
    stop "dualcos was installed into $VENV and does not start: $(last_of "$said")"
  }
}

want_lint() {
  want_venv
  is_fresh dev || must_install lint ruff "$(sed -n 's/.*"\(ruff>[^"]*\)".*/\1/p' pyproject.toml)"
}

want_card() {
  want_venv
  is_fresh card || { must_install card dualcos --editable . && want_starting; }
}

want_dev() {
  want_venv
  is_fresh dev || { must_install dev "dualcos and its test tools" --editable '.[dev]' && touch $VENV/card && want_starting; }
}

want_mutate() {
  want_dev
  must_install mutate mutmut --editable '.[mutate]'
}

want_pages() {
  want_dev
  must_install pages playwright --editable '.[pages]'
}

# atheris has wheels for Linux only.
want_fuzz() {
  want_dev
  is_fresh fuzz || pip_install fuzz atheris --editable '.[fuzz]' ||
    echo "atheris could not be installed: no search here, ARGS='TARGET --file F' and --list still work. $reason"
}

want_pyscard() {
  want_venv
  is_fresh pyscard || pip_install pyscard pyscard pyscard ||
    echo "pyscard could not be installed (it needs: ${DEBIAN:-libpcsclite}); tests of PC/SC clients are skipped. $reason"
}

# --- Debian packages --------------------------------------------------------------------------------------------------

# Half-installed and removed ones are known to dpkg, too.
is_installed() {
  case $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) in ?i\ ) ;; *) return 1 ;; esac
}

# Installs where that is allowed. $reason says why, if it fails.
apt_install() {
  as=
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || {
      reason="only an administrator may install it"
      return 1
    }
    as="sudo -n"
  fi
  echo "Installing Debian packages: $* (a minute or two) …"
  log=$(mktemp) || return 1
  $as apt-get update -q >"$log" 2>&1
  $as env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=60 \
    install -y -q --no-install-recommends "$@" >>"$log" 2>&1
  code=$?
  reason=$(sed -n 's/^E: *//p' "$log" | tail -n 1)
  rm -f "$log"
  return $code
}

as_administrator() {
  if command -v sudo >/dev/null; then echo "sudo $1"; else echo "$1 (as root)"; fi
}

want_debian() {
  missing=
  for package in ${DEBIAN:-}; do is_installed "$package" || missing="$missing $package"; done
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "Not a Debian system: for PC/SC clients install the equivalents of:$missing"
    return
  fi
  # shellcheck disable=SC2086 # names, one word each
  apt_install $missing && return
  echo "For PC/SC clients and the vpcd reader, please run: $(as_administrator "apt-get install --no-install-recommends$missing")" \
    "(not done here: ${reason:-apt-get failed})"
}

for part in "$@"; do
  "want_$part"
done
