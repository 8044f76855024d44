#!/usr/bin/env bash
# Runs all tests, installing a browser and Chinese fonts first where they are missing.
# Arguments are passed on to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
[ -x /usr/bin/chromium ] || missing+=(chromium)
if ! command -v fc-list >/dev/null || [ -z "$(fc-list :lang=zh)" ]; then
  missing+=(fontconfig fonts-noto-cjk)
fi
if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "The tests of the page need Chromium at /usr/bin/chromium and a Chinese font." >&2
    echo "Install them with this system's package manager and run this again." >&2
    echo "页面测试需要 /usr/bin/chromium 和中文字体，请用系统的包管理器安装后重试。" >&2
    exit 1
  fi
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

exec python -m pytest "$@"
