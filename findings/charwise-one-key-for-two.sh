#!/bin/sh
# charwise, the encoding of keys of flumeview-level, has one encoding for two different keys: an array with the string "really!" and one
# with "really??". In an array "!" is written as "??", and "?" is escaped only in a string that also has a "!" or a quotation mark. So of two
# records with such keys an index has the later one only, under both keys, and decoding gives "really!" for "really??". A string that is not
# in an array is right.
#
# Seen with charwise 3.0.1, flumeview-level 4.0.4, flumedb 2.1.8, flumelog-offset 3.4.4 and Node.js 20.20:
#
#   keys of two records: ["really!"]; the record of ["really??"] is that of really!
#
# Needs Node.js, and npm with its registry. Exits with 1 when the behaviour is another one, with 2 where it can't be tried.
set -eu
command -v node >/dev/null && command -v npm >/dev/null || { echo "needs node and npm"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
cd "$tmp"
echo '{"private": true}' > package.json
npm install --save-exact --silent --no-audit --no-fund --ignore-scripts charwise@3.0.1 flumeview-level@4.0.4 flumedb@2.1.8 \
  flumelog-offset@3.4.4 pull-stream@3.7.0 >/dev/null 2>&1 || { echo "npm can't install flumeview-level"; exit 2; }

cat > keys.js <<'END'
const Flume = require('flumedb')
const FlumeLog = require('flumelog-offset')
const Level = require('flumeview-level')
const pull = require('pull-stream')
const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
const codec = { encode: JSON.stringify, decode: JSON.parse, buffer: false }
const db = Flume(FlumeLog('a.log', { blockSize: 1024, codec, offsetCodec: 53 })).use('titles', Level(1, (message) => [[message.title]]))

async function main () {
  for (const title of ['really??', 'really!']) await promised((cb) => db.append({ title }, cb))
  const keys = await promised((cb) => pull(db.titles.read({ values: false, seqs: false }), pull.collect(cb)))
  const found = await promised((cb) => db.titles.get(['really??'], cb))
  console.log(`keys of two records: ${keys.map((key) => JSON.stringify(key))}; the record of ["really??"] is that of ${found.title}`)
  process.exit()
}
main()
END
said=$(node keys.js)
echo "$said"
[ "$said" = 'keys of two records: ["really!"]; the record of ["really??"] is that of really!' ]
