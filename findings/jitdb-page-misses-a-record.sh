#!/bin/sh
# A page of the newest records of jitdb can miss one of them and have an older one in its place: the newest three of 30
# records are 30, 29 and 23. All records without a page are right. jitdb takes a page from a queue by `kSmallest(k)` of
# fastpriorityqueue, which looks at the first 2^(k-1)+1 items of the queue; the k smallest can be among the first 2^k-1.
#
# Seen with jitdb 7.0.7, fastpriorityqueue 0.7.5, async-append-only-log 4.3.10, bipf 1.9.0 and Node.js 20.20:
#
#   the newest 3 of 30 in a page: 30,29,23; of all: 30,29,28
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts jitdb@7.0.7 fastpriorityqueue@0.7.5 async-append-only-log@4.3.10 \
  bipf@1.9.0 >/dev/null 2>&1 || { echo "npm can't install jitdb"; exit 2; }

cat > page.js <<'END'
const bipf = require('bipf')
const Log = require('async-append-only-log')
const JITDB = require('jitdb')
const { query, fromDB, where, equal, paginate, descending, sortByArrival, toCallback } = require('jitdb/operators')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const TYPE = bipf.allocAndEncode('type')

async function main () {
  const log = Log('a.bipf', { blockSize: 65536, validateRecord: () => true })
  await new Promise((resolve) => log.onDrain(resolve))
  const records = []
  for (let n = 1; n <= 30; n++) records.push(bipf.allocAndEncode({ type: 'post', n, value: { timestamp: n, sequence: n } }))
  await promised((cb) => log.append(records, cb))
  await new Promise((resolve) => log.onDrain(resolve))
  const db = JITDB(log, 'indexes')
  await new Promise((resolve) => db.onReady(resolve))
  const posts = [fromDB(db), where(equal((buffer) => bipf.seekKey2(buffer, 0, TYPE, 0), 'post', { indexType: 'type' })),
    sortByArrival(), descending()]
  const all = await promised((cb) => query(...posts, toCallback(cb)))
  const page = await promised((cb) => query(...posts, paginate(3), toCallback(cb)))
  const numbers = (messages) => messages.map((message) => message.n).join()
  console.log(`the newest 3 of 30 in a page: ${numbers(page.results)}; of all: ${numbers(all.slice(0, 3))}`)
  process.exit()
}
main()
END
said=$(node page.js)
echo "$said"
[ "$said" = "the newest 3 of 30 in a page: 30,29,23; of all: 30,29,28" ]
