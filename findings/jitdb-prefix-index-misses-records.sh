#!/bin/sh
# A query of jitdb over a prefix index, which keeps the first four bytes of a value, is right for one value alone, and wrong
# as soon as it is combined, where other values begin with the same four bytes: `or` of two such values finds nothing, `not` leaves out
# all that share them, and `count` counts those that only share them. The second look, at a record's whole value, is kept for each record and
# asked for both sides of an `or`; `not` is made before that look, and a count without it. Without `prefix: 32` all answers are right.
#
# Seen with jitdb 7.0.7, async-append-only-log 4.3.10, bipf 1.9.0 and Node.js 20.20; records of anna, annabel, annabel, anna, annalisa, bert, annabel:
#
#   prefix index: anna 0,3; anna or annabel none; not anna 5; count of anna 6
#   plain index: anna 0,3; anna or annabel 0,1,2,3,6; not anna 1,2,4,5,6; count of anna 2
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

cat > prefix.js <<'END'
const bipf = require('bipf')
const Log = require('async-append-only-log')
const JITDB = require('jitdb')
const { query, fromDB, where, or, not, equal, count, toCallback } = require('jitdb/operators')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const AUTHOR = bipf.allocAndEncode('author')
const seek = (buffer) => bipf.seekKey2(buffer, 0, AUTHOR, 0)
const numbers = (messages) => messages.map((message) => message.n).join() || 'none'

async function main () {
  const log = Log('a.bipf', { validateRecord: () => true })
  await new Promise((resolve) => log.onDrain(resolve))
  const authors = ['anna', 'annabel', 'annabel', 'anna', 'annalisa', 'bert', 'annabel']
  const records = authors.map((author, n) => bipf.allocAndEncode({ author, n, value: { timestamp: n, sequence: n } }))
  await promised((cb) => log.append(records, cb))
  await new Promise((resolve) => log.onDrain(resolve))
  const db = JITDB(log, 'indexes')

  for (const [name, by] of [
    ['prefix', (author) => equal(seek, author, { indexType: 'prefix', prefix: 32 })],
    ['plain', (author) => equal(seek, author, { indexType: 'plain' })]
  ]) {
    const ask = (...what) => promised((cb) => query(fromDB(db), ...what, toCallback(cb)))
    const all = async (what) => numbers((await ask(where(what))).sort((a, b) => a.n - b.n))
    console.log(`${name} index: anna ${await all(by('anna'))}; anna or annabel ${await all(or(by('anna'), by('annabel')))}; ` +
      `not anna ${await all(not(by('anna')))}; count of anna ${await ask(where(by('anna')), count())}`)
  }
  process.exit()
}
main()
END
said=$(node prefix.js)
echo "$said"
[ "$said" = "prefix index: anna 0,3; anna or annabel none; not anna 5; count of anna 6
plain index: anna 0,3; anna or annabel 0,1,2,3,6; not anna 1,2,4,5,6; count of anna 2" ]
