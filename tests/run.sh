#!/usr/bin/env bash
# Makes a virtual environment, installs everything the tests need (Chromium too), lints, and runs every test.
#   bash tests/run.sh                     everything
#   bash tests/run.sh tests/labels        only that, in the same environment
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv-tests

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
apt_install() {
  command -v apt-get >/dev/null || { echo "please install $* by hand: this machine has no apt-get" >&2; exit 1; }
  as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

for python in python3 python3.13 python3.12 python3.11 none; do  # a name may be there and still not run
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
done
[ "$python" != none ] || { echo "Python 3.11 or later is needed" >&2; exit 1; }
if [ ! -x $venv/bin/pip ]; then
  "$python" -m venv $venv || { apt_install python3-venv; "$python" -m venv --clear $venv; }
fi
javascript=$venv/javascript  # its linters, with the node that comes from PyPI
wanted=$(cat requirements.txt seg/training/requirements.txt tests/requirements.txt tests/javascript/package.json | sha256sum)
if [ "$(cat $venv/installed 2>/dev/null)" != "$wanted" ]; then
  $venv/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
  mkdir -p $javascript
  cp tests/javascript/package.json $javascript/
  (cd $javascript && PATH="$OLDPWD/$venv/bin:$PATH" npm install --silent --no-audit --no-fund --no-package-lock)
  echo "$wanted" > $venv/installed
fi

# A browser: the one named, Debian's, or playwright's own where its download works.
find_browser() {
  command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome || true
}
SEG_CHROMIUM=${SEG_CHROMIUM:-$(find_browser)}
if [ -z "$SEG_CHROMIUM" ]; then
  if command -v apt-get >/dev/null && { apt_install chromium-headless-shell || apt_install chromium; }; then
    SEG_CHROMIUM=$(find_browser)
  fi
  [ -n "$SEG_CHROMIUM" ] || $venv/bin/playwright install chromium  # playwright finds its own
fi
export SEG_CHROMIUM

# nginx, for the test of two replicas: it runs one of its own, so the one that a package starts is stopped.
if ! PATH=$PATH:/usr/sbin command -v nginx >/dev/null; then
  apt_install nginx-light
  as_root service nginx stop >/dev/null 2>&1 || true
fi

# What numba compiles is kept beside the source: once, while tests are collected, and not by every process that needs it.
$venv/bin/python -c "from seg.models.predictor import load_predictor; load_predictor('bundled').warm_up()" &
compiling=$!

# The linters, beside the tests: what they say is printed at the end, and fails the run.
node_lint() { "$venv/bin/node" $javascript/node_modules/"$@"; }
lint() {
  local failed=0
  $venv/bin/ruff check . || failed=1
  $venv/bin/ruff format --check . || failed=1
  cp tests/javascript/eslint.config.js $javascript/  # it imports what is installed there
  node_lint eslint/bin/eslint.js --config $javascript/eslint.config.js seg/page || failed=1
  node_lint prettier/bin/prettier.cjs --print-width 120 --log-level warn --check "seg/page/**/*.js" || failed=1
  node_lint typescript/bin/tsc -p tests/javascript/tsconfig.json || failed=1
  return $failed
}
lint > $venv/lint 2>&1 &
linting=$!

# Processes with files of their own, so that a module's server and pages are started once, in the order of
# tests/conftest.py; one thread of torch in each. Two of them leave two cores idle for a third of the time, while both
# wait for timers, animations and answers: three do not. Tests that need the browser fail, never skip, when it does not
# start.
export OMP_NUM_THREADS=1
unset PYTHONDONTWRITEBYTECODE  # a dozen servers import the same files
status=0
$venv/bin/python -m pytest -c tests/pytest.ini --rootdir . --numprocesses 3 --dist loadfile --no-loadscope-reorder "$@" ||
  status=$?
wait $compiling || status=1
wait $linting || { echo "The linters complain:" >&2; status=1; }
cat $venv/lint
exit $status
