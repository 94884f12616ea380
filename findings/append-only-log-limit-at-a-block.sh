#!/bin/sh
# A stream of async-append-only-log with `limit: n` gives n + 1 records where the n-th is the last one of its block: the limit is not
# looked at when the stream goes on to the next block. So pages that are taken one after the other, each from the last offset of the one
# before, are of the right size now and then.
#
# Seen with async-append-only-log 4.3.10 and Node.js 20.20, with records of 9 bytes in blocks of 64, five in each:
#
#   records for limit 1 to 10: 1,2,3,4,6,6,7,8,9,11
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts async-append-only-log@4.3.10 \
  >/dev/null 2>&1 || { echo "npm can't install async-append-only-log"; exit 2; }

cat > limit.js <<'END'
const Log = require('async-append-only-log')
const log = Log('a.log', { blockSize: 64 })
const drained = () => new Promise((resolve) => log.onDrain(resolve))
const count = (limit) => new Promise((resolve) => {
  let count = 0
  log.stream({ limit }).pipe({ paused: false, write: () => { count++ }, end: () => resolve(count) })
})

async function main () {
  await drained()
  for (let n = 10; n < 30; n++) log.append(Buffer.from(`record ${n}`), () => {})
  await drained()
  const counts = []
  for (let limit = 1; limit <= 10; limit++) counts.push(await count(limit))
  console.log(`records for limit 1 to 10: ${counts}`)
  process.exit()
}
main()
END
said=$(node limit.js)
echo "$said"
[ "$said" = "records for limit 1 to 10: 1,2,3,4,6,6,7,8,9,11" ]
