#!/bin/sh
# A view of flumedb does not notice that the log was cut back and has grown again: it compares only how far the log is. Its answers
# have the records that are gone, and miss those that took their place, for ever.
#
# Seen with flumedb 2.1.8, flumeview-reduce 1.4.0, flumelog-offset 3.4.4 and Node.js 20.20:
#
#   the log has 1,2,7,8; the view has 1,2,3,8
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
  pull-stream@3.7.0 >/dev/null 2>&1 || { echo "npm can't install flumedb"; exit 2; }

cat > step.js <<'END'
const Flume = require('flumedb')
const FlumeLog = require('flumelog-offset')
const Reduce = require('flumeview-reduce')
const pull = require('pull-stream')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const log = FlumeLog('a.log', { blockSize: 1024, codec, offsetCodec: 53 })
const [what, ...numbers] = process.argv.slice(2)

async function main () {
  if (what === 'append') {
    for (const n of numbers) await promised((cb) => log.append({ n: Number(n) }, cb))
  } else {
    const db = Flume(log).use('all', Reduce(1, (all, n) => all.concat(n), (message) => message.n, null, []))
    const view = await promised((cb) => db.all.get(cb))
    const inLog = await promised((cb) => pull(log.stream({ seqs: false }), pull.collect(cb)))
    console.log(`the log has ${inLog.map((message) => message.n)}; the view has ${view}`)
    await new Promise((resolve) => setTimeout(resolve, 1000)) // the view writes its state after half a second at most
  }
  process.exit()
}
main()
END
node step.js append 1 2 3
node step.js view >/dev/null
frame=$(($(stat -c %s a.log) / 3))
truncate -s $((2 * frame)) a.log # the third record is cut off, as after a crash
node step.js append 7 8
said=$(node step.js view)
echo "$said"
[ "$said" = "the log has 1,2,7,8; the view has 1,2,3,8" ]
