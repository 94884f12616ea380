'use strict'
// Makes bipf/log.bipf, with what it holds in bipf/log.bipf.json, by the packages that ssb-db2 uses. They are those of
// dev/bench/views: npm ci there first. The file is never made anew; a new one gets another name.
const fs = require('fs')
const path = require('path')
const from = (name) => require(path.join(__dirname, '../../dev/bench/views/node_modules', name))
const bipf = from('bipf')
const Log = from('async-append-only-log')

const file = path.join(__dirname, 'bipf', 'log.bipf')
const values = [
  { a: 1, b: 'äö€😀', c: [1, 2.5, -3, true, false, null, []], d: { e: {} }, f: 1e300, g: 2147483647, h: -2147483648, i: 4294967296, 'key with space': '' },
  'text', 42, [1, 2], { z: 1, y: 2, x: 3, w: 4, v: 5, u: 6, t: 7, s: 8, r: 9, q: 10 }
]
for (let i = 0; i < 300; i++) values.push({ key: 'k' + i, value: { sequence: i, content: { type: 'post', text: 't'.repeat(i * 3) } } })
const deleted = [3, 100]

const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))

async function main () {
  const log = Log(file, { blockSize: 65536, validateRecord: () => true })
  await promised((cb) => log.append(values.map((value) => bipf.allocAndEncode(value)), cb))
  await new Promise((resolve) => log.onDrain(resolve))
  const offsets = []
  await promised((cb) => log.stream({ offsets: true, values: true }).pipe({ paused: false, write (record) { offsets.push(record.offset) }, end: cb }))
  for (const i of deleted) await promised((cb) => log.del(offsets[i], cb))
  await promised((cb) => log.onDeletesFlushed(cb))
  await promised((cb) => log.close(cb))
  const left = offsets.map((offset, i) => [offset, values[i]]).filter((_, i) => !deleted.includes(i))
  fs.rmSync(file + '.stats', { force: true })
  fs.writeFileSync(file + '.json', JSON.stringify(left) + '\n')
}

main()
