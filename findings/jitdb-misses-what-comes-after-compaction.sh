#!/bin/sh
# After its log was compacted, a query of jitdb goes on giving the records of its first answer since then, and none of those appended later,
# until the log has grown past the size that it had before: jitdb forgets its sorted answers when the log's newest offset is higher than the
# highest that it has seen, and compaction makes offsets smaller. `count` is right meanwhile.
#
# Seen with jitdb 7.0.7, async-append-only-log 4.3.10, bipf 1.9.0 and Node.js 20.20:
#
#   300 records, 250 of them deleted, compacted: 50 found, the newest is 299
#   5 more appended: 50 found, the newest is 299, the count is 55
#   300 more appended: 355 found, the newest is 604, the count is 355
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts jitdb@7.0.7 async-append-only-log@4.3.10 bipf@1.9.0 \
  >/dev/null 2>&1 || { echo "npm can't install jitdb"; exit 2; }

cat > compacted.js <<'END'
const bipf = require('bipf')
const Log = require('async-append-only-log')
const JITDB = require('jitdb')
const { query, fromDB, where, equal, count, descending, sortByArrival, toCallback } = require('jitdb/operators')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const TYPE = bipf.allocAndEncode('type')
const log = Log('a.bipf', { blockSize: 1024, validateRecord: () => true })
let next = 0

async function append (number) {
  const offsets = []
  for (let i = 0; i < number; i++) {
    const n = next++
    offsets.push(await promised((cb) => log.append(bipf.allocAndEncode({ type: 'post', n, value: { timestamp: n, sequence: n } }), cb)))
  }
  await new Promise((resolve) => log.onDrain(resolve))
  return offsets
}

async function main () {
  await new Promise((resolve) => log.onDrain(resolve))
  const offsets = await append(300)
  const db = JITDB(log, 'indexes')
  const posts = () => [fromDB(db), where(equal((buffer) => bipf.seekKey2(buffer, 0, TYPE, 0), 'post', { indexType: 'type' }))]
  const found = async () => {
    const all = await promised((cb) => query(...posts(), sortByArrival(), descending(), toCallback(cb)))
    return `${all.length} found, the newest is ${all[0].n}`
  }
  const counted = () => promised((cb) => query(...posts(), count(), toCallback(cb)))
  await found()
  for (const offset of offsets.slice(0, 250)) await promised((cb) => log.del(offset, cb))
  await new Promise((resolve) => log.onDeletesFlushed(resolve))
  await promised((cb) => log.compact(cb))
  console.log(`300 records, 250 of them deleted, compacted: ${await found()}`)
  await append(5)
  console.log(`5 more appended: ${await found()}, the count is ${await counted()}`)
  await append(300)
  console.log(`300 more appended: ${await found()}, the count is ${await counted()}`)
  process.exit()
}
main()
END
said=$(node compacted.js)
echo "$said"
[ "$said" = "300 records, 250 of them deleted, compacted: 50 found, the newest is 299
5 more appended: 50 found, the newest is 299, the count is 55
300 more appended: 355 found, the newest is 604, the count is 355" ]
