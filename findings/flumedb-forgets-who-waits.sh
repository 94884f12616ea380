#!/bin/sh
# A reading of a view of flumedb that says how far the view has to be (`since`) is never answered when another one that waits for more had asked
# before it. When three wait and a fourth asks for less than the last of them, none of the four is answered, since the call that puts it in
# its place among those who wait has its arguments in another order, and removes all before it.
#
# Seen with flumedb 2.1.8, flumeview-reduce 1.4.0, flumelog-offset 3.4.4 and Node.js 20.20, on a log of 100 records that ends at 2366:
#
#   asked for 500, 1000: answered 500, 1000
#   asked for 1000, 500: answered 1000
#   asked for 300, 600, 1000, 700: answered none
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

cat > wait.js <<'END'
const Flume = require('flumedb')
const FlumeLog = require('flumelog-offset')
const Reduce = require('flumeview-reduce')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const openLog = () => FlumeLog('a.log', { blockSize: 1024, codec, offsetCodec: 53 })
const places = process.argv.slice(2).map(Number)

async function main () {
  if (places.length === 0) {
    await promised((cb) => openLog().append(Array.from({ length: 100 }, (_, n) => ({ n })), cb))
  } else {
    const db = Flume(openLog()).use(`count-${places.join('-')}`, Reduce(1, (count) => count + 1, null, null, 0))
    const [name] = Object.keys(db.views)
    const answered = []
    for (const since of places) db[name].get({ since }, () => answered.push(since))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await promised((cb) => db[name].get(cb)) // the view is up to date with the log
    await new Promise((resolve) => setTimeout(resolve, 1000))
    console.log(`asked for ${places.join(', ')}: answered ${answered.join(', ') || 'none'}`)
  }
  process.exit()
}
main()
END
node wait.js
said="$(node wait.js 500 1000)
$(node wait.js 1000 500)
$(node wait.js 300 600 1000 700)"
echo "$said"
[ "$said" = "asked for 500, 1000: answered 500, 1000
asked for 1000, 500: answered 1000
asked for 300, 600, 1000, 700: answered none" ]
