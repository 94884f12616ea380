#!/bin/sh
# `iterate` of bipf leaves out the last item of an array when that item is short: `null`, an empty string, array or object at the end of a
# short array, and `true`, `false` or a string of one letter at the end of one of 16 bytes and more. It takes the length of the items for
# that of items and tag. `decode` has all of them. jitdb's `includes` looks through arrays by it, and does not find such a record.
#
# Seen with bipf 1.9.0, jitdb 7.0.7, async-append-only-log 4.3.10 and Node.js 20.20:
#
#   alpha,beta,gamma,d: iterate has alpha,beta,gamma; jitdb finds d: 0 of 1, gamma: 1 of 1
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts bipf@1.9.0 jitdb@7.0.7 async-append-only-log@4.3.10 \
  >/dev/null 2>&1 || { echo "npm can't install bipf"; exit 2; }

cat > last.js <<'END'
const bipf = require('bipf')
const Log = require('async-append-only-log')
const JITDB = require('jitdb')
const { query, fromDB, where, includes, toCallback } = require('jitdb/operators')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const TAGS = bipf.allocAndEncode('tags')
const tags = ['alpha', 'beta', 'gamma', 'd']

async function main () {
  const items = []
  bipf.iterate(bipf.allocAndEncode(tags), 0, (buffer, start) => { items.push(bipf.decode(buffer, start)) })

  const log = Log('a.bipf', { validateRecord: () => true })
  await new Promise((resolve) => log.onDrain(resolve))
  await promised((cb) => log.append(bipf.allocAndEncode({ tags, value: { timestamp: 1, sequence: 1 } }), cb))
  await new Promise((resolve) => log.onDrain(resolve))
  const db = JITDB(log, 'indexes')
  const found = async (tag) => {
    const seek = (buffer) => bipf.seekKey2(buffer, 0, TAGS, 0)
    return (await promised((cb) => query(fromDB(db), where(includes(seek, tag, { indexType: 'tags' })), toCallback(cb)))).length
  }
  console.log(`${tags}: iterate has ${items}; jitdb finds d: ${await found('d')} of 1, gamma: ${await found('gamma')} of 1`)
  process.exit()
}
main()
END
said=$(node last.js)
echo "$said"
[ "$said" = "alpha,beta,gamma,d: iterate has alpha,beta,gamma; jitdb finds d: 0 of 1, gamma: 1 of 1" ]
