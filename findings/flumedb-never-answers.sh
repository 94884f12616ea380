#!/bin/sh
# A view of flumedb that is built anew never answers when the newest record of the log was deleted: the view's place is the last
# record that it was handed, the log's place is the deleted one, and a reading waits until both are the same.
#
# Seen with flumedb 2.1.8, flumeview-reduce 1.4.0, flumelog-offset 3.4.4 and Node.js 20.20:
#
#   with all records: 3; with the newest one deleted: no answer in 3 s; after one more is appended: 3
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts flumedb@2.1.8 flumeview-reduce@1.4.0 flumelog-offset@3.4.4 \
  >/dev/null 2>&1 || { echo "npm can't install flumedb"; exit 2; }

cat > deleted.js <<'END'
const Flume = require('flumedb')
const FlumeLog = require('flumelog-offset')
const Reduce = require('flumeview-reduce')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const open = (name) => Flume(FlumeLog('a.log', { blockSize: 1024, codec, offsetCodec: 53 }))
  .use(name, Reduce(1, (count) => count + 1, null, null, 0))
const soon = (answer) => Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 3000, 'no answer in 3 s'))])
const count = (db, name) => soon(promised((cb) => db[name].get(cb)))

async function main () {
  const first = open('before')
  const offsets = []
  for (let n = 1; n <= 3; n++) offsets.push(await promised((cb) => first.append({ n }, cb)))
  const before = await count(first, 'before')
  await promised((cb) => first.del(offsets[2], cb))
  const anew = open('after')
  const deleted = await count(anew, 'after')
  await promised((cb) => anew.append({ n: 4 }, cb))
  console.log(`with all records: ${before}; with the newest one deleted: ${deleted}; after one more is appended: ${await count(anew, 'after')}`)
  process.exit()
}
main()
END
said=$(node deleted.js)
echo "$said"
[ "$said" = "with all records: 3; with the newest one deleted: no answer in 3 s; after one more is appended: 3" ]
