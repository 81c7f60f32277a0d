#!/bin/sh
# From invented keys to cards in a reader, with the files beside this one: sh run.sh, under a minute.
# Each command is one that a bureau, a bank or a card maker would type; `dualcos COMMAND --help` says what else it takes.
# Everything it makes goes into the folder run/ here. Nothing is overwritten: remove run/ to go through it again.
set -eu
cd "$(dirname "$0")"
dualcos() { PROGRAM "$@"; } # the program that wrote this folder
say() { printf '\n== %s\n' "$*"; }
if [ -e run ]; then
    echo "run/ is there from the last time: remove it, then start again" >&2
    exit 2
fi
mkdir run

say "1. keys: a key file that opens the stores, and a store for each party: card maker, bureau, bank"
# Invented test keys, in reality the outcome of a key ceremony. Who has run/lock can open the stores: keep it apart.
dualcos keys key-file run/lock
dualcos keys invent run/keys --template template.toml --lock file:run/lock

say "2. the bureau's rows, checked, as Excel in China saves them and as JSON Lines; social.csv has the same people"
# --synthetic: invented people, whose regions begin with 99. One card number breaks its check character, as issued ones
# do: that only warns. One name has a private-use character, which becomes the standard one, with a note. Errors would be
# told row by row, and the exit code would be 1.
dualcos prepare --social social-excel.csv --encoding gb18030 --template template.toml --synthetic
dualcos prepare --social social.jsonl --template template.toml --synthetic

say "3. rows that are wrong on purpose: each is told, in words; damages.txt says what to look for"
# Exit code 1: the answer is no. That is what this step is here to show, so the script goes on.
code=0
dualcos match --social damaged-social.csv --bank damaged-bank.csv --template template.toml --synthetic \
    --report run/damages.csv || code=$?
[ "$code" -eq 1 ]

say "4. both sides matched: who is in both files becomes a card in the personalisation file"
# The file is enciphered and carries a MAC under the card maker's key; run/match.csv has the class of every row.
dualcos match --social social.csv --bank bank.csv --template template.toml --synthetic \
    --keys run/keys/maker.keys --lock file:run/lock --report run/match.csv -o run/batch.perso

say "5. the cards are made: every party's keys for its own half, commands only, each card read back at the end"
# Card files here; with --pcsc READER the same goes into cards as they are put into a reader.
dualcos personalise run/batch.perso -o run/made --template template.toml --lock file:run/lock \
    --maker run/keys/maker.keys --social run/keys/social.keys --bank run/keys/bank.keys
ls run/made

say "6. a card in a reader: the holder's name from the social side, then the bank's application"
# `dualcos run CARD -- PROGRAM` puts a card into a PC/SC reader of its own and starts a program on it; --explain says
# what goes over the contacts. Without opensc-tool the same commands go to the card in the process.
card=$(ls run/made/cards/*.card | sed -n 2p)
environment=00A404000F7378312E73682EC9E7BBE1B1A3D5CF # SELECT sx1.sh.社会保障, the social side
holder=00B2023420                                    # READ RECORD in file 06, record 2, 32 bytes: the name
bank=00A4040008A000000333010101                      # SELECT the bank's debit application
if command -v opensc-tool >/dev/null; then # it wants Le, the 00 behind the names, and fetches what waits
    dualcos run "$card" --explain -- opensc-tool -c default -s ${environment}00 -s $holder -s ${bank}00
else
    dualcos send "$card" --fetch $environment $holder $bank
fi

say "7. what is on it: environments, files with their rules, keys by check value; here the first lines"
dualcos inspect "$card" | head -n 25

say "done: $(ls run/made/cards/*.card | wc -l) cards in run/made/cards; run/made/feedback.csv tells both parties"
