#!/usr/bin/env bash
# Builds everything and runs the tests: ./test.sh [fast] [--install]
#   fast       what needs no outside program
#   --install  install the Debian packages of eng/test-packages.txt first (as root; so does CI=true)
# Ends with "N passed, N failed, N skipped", and with 0 only if every project ran and nothing failed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

fast='' install=''
[[ ${CI-} == true && $EUID == 0 ]] && install=yes
for word in "$@"; do
    case $word in
        fast) fast=yes ;;
        --install) install=yes ;;
        *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
    esac
done

# Installing Postfix can replace a user's mail server, so nobody gets it without having asked.
if [[ ! $fast ]]; then eng/test-packages ${install:+--install}; fi

eng/build all
dotnet format whitespace Ekiden.slnx --no-restore --verify-no-changes || {
    echo "run: dotnet format whitespace Ekiden.slnx" >&2
    exit 1
}

results=$PWD/artifacts/test-results
rm -rf "$results"
mkdir -p "$results"

run_project() # NAME: its report, log and exit code go to $results
{
    local name=$1 code=0 arguments=(-noColor -noLogo -result-trx "$results/$1.trx")
    [[ $fast ]] && arguments+=(-trait- needs=outside)
    timeout --kill-after=10s 15m "artifacts/bin/$name/release/$name" "${arguments[@]}" \
        </dev/null >"$results/$name.log" 2>&1 || code=$?
    echo "$code" >"$results/$name.code"
    if ((code == 0)); then grep 'Total:' "$results/$name.log" || true; else cat "$results/$name.log"; fi
}

projects=(tests/*.Tests/)
projects=("${projects[@]%/}")
projects=("${projects[@]#tests/}")

# Two at a time; the end-to-end tests start real servers and measure them, so they have the machine to themselves.
for name in "${projects[@]}"; do
    [[ $name == Ekiden.EndToEnd.Tests ]] && continue
    while (($(jobs -rp | wc -l) >= 2)); do wait -n; done
    run_project "$name" &
done
wait
run_project Ekiden.EndToEnd.Tests

count() # OUTCOME FILE...
{
    { grep -ohE '<UnitTestResult testName="[^"]*" outcome="[A-Za-z]+"' "${@:2}" || true; } | grep -c "\"$1\"\$" || true
}

trouble=0
for name in "${projects[@]}"; do
    code=$(<"$results/$name.code")
    if ((code != 0)); then
        echo "$name: ended with $code" >&2
    elif [[ ! -s $results/$name.trx ]]; then
        echo "$name: left no report" >&2
    elif [[ ! $fast ]] && (($(count '[A-Za-z]*' "$results/$name.trx") == 0)); then
        echo "$name: ran no test" >&2
    else
        continue
    fi
    trouble=1
done

passed=$(count Passed "$results"/*.trx)
failed=$(count Failed "$results"/*.trx)
skipped=$(count NotExecuted "$results"/*.trx)
((passed > 0 && failed == 0)) || trouble=1
echo "$passed passed, $failed failed, $skipped skipped"
exit "$trouble"
