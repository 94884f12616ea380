'use strict'
// One step of a benchmark with a peer in JavaScript: the counterpart of Step.java, with the same arguments and lines.

const fs = require('fs')
const machine = require('./machine')
const { picks } = require('./sum')

const residentAtStart = machine.memory('VmRSS')
const args = Object.fromEntries(process.argv.slice(2).map((word) => word.split(/=(.*)/s, 2)))
const peer = require('./' + args.module)
const cold = args.start === 'cold'
const WARM_UP_NANOS = 2_000_000_000n
const MAX_HOT_RUNS = 21n
const HOT_NANOS = 1_000_000_000n
const WARM_UP_FORCES = 50
const MORE = 1000
const CUT_BYTES = 50

function records () {
  const all = fs.readFileSync(args.payload)
  const found = []
  for (let at = 0; found.length < Number(args.records);) {
    const length = all.readUInt32BE(at)
    found.push(all.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return found
}

function print (rest) {
  console.log(`{:row :${args.row} :peer :${args.peer} :workload :${args.workload} :records ${args.records} ${rest}}`)
}

const none = async () => 0

async function nanos ({ prepare = none, run, check = none }) {
  await prepare()
  const start = process.hrtime.bigint()
  await run()
  const taken = process.hrtime.bigint() - start
  await check()
  return taken
}

async function median (times, section) {
  const all = []
  for (let i = 0; i < times; i++) all.push(await nanos(section))
  return all.sort((a, b) => a < b ? -1 : 1)[times >> 1]
}

async function time (temperature, times, section) {
  const { prepare = none, run, check = none } = section
  await prepare()
  const dropped = temperature === 'cold' ? machine.drop(args.folder) : null
  if (temperature === 'cold' && !dropped) return print(':temperature :cold :skipped "the page cache can\'t be dropped here"')
  machine.sync()
  const busy = await machine.awaitQuiet(Number(args.patience ?? 60))
  const start = process.hrtime.bigint()
  let sum = await run()
  let taken = process.hrtime.bigint() - start
  sum = ((sum | 0) + await check()) | 0
  if (times > 1) taken = await median(times, section)
  print(`:temperature :${temperature} :nanos ${taken} :sum ${sum} :ops ${args.ops} :busy ${busy.toFixed(3)}` +
    (dropped ? ` :cold-by "${dropped}"` : ''))
  return taken
}

const once = (section) => time(cold ? 'cold' : 'first', 1, section)

// As Timer.java does it.
async function measure (section) {
  let taken = await once(section)
  if (cold) return
  for (let spent = taken; spent < WARM_UP_NANOS; spent += taken) taken = await nanos(section)
  const runs = HOT_NANOS / taken
  await time('hot', Number(runs < 1n ? 1n : runs > MAX_HOT_RUNS ? MAX_HOT_RUNS : runs), section)
}

// A new store that `write` fills; it is read again afterwards, and deleted.
function appending (count, forced, write) {
  let store
  return {
    async prepare () {
      fs.rmSync(args.folder, { recursive: true, force: true })
      fs.mkdirSync(args.folder, { recursive: true })
      store = await peer.open(args.folder, forced)
    },
    run: () => write(store),
    async check () {
      await store.close()
      const again = await peer.open(args.folder)
      const sum = await again.scan(count)
      await again.close()
      fs.rmSync(args.folder, { recursive: true, force: true })
      return sum
    }
  }
}

async function force () {
  const all = records()
  const write = (count) => async (store) => { for (const record of all.slice(0, count)) await store.appendForced(record) }
  await nanos(appending(WARM_UP_FORCES, true, write(WARM_UP_FORCES)))
  await time('hot', 1, appending(all.length, true, write(all.length)))
}

// Opens the store, which `read` then reads, on the clock; `prove` reads off it.
function opening (read, prove) {
  let store
  return {
    async run () {
      store = await peer.open(args.folder)
      return read(store)
    },
    async check () {
      const sum = await prove(store)
      await store.close()
      return sum
    }
  }
}

const other = args.folder + '-other'

// As Reading.java does it.
async function load () {
  if (!fs.existsSync(other)) {
    fs.mkdirSync(other, { recursive: true })
    const store = await peer.open(other)
    await store.appendBulk([Buffer.from([1]), Buffer.from([2]), Buffer.from([3])])
    await store.close()
  }
  const again = await peer.open(other)
  await again.scan(1)
  await again.close()
  fs.rmSync(other, { recursive: true, force: true })
}

async function gets () {
  const store = await peer.open(args.folder)
  const keys = await store.keys()
  const wanted = picks(1, Number(args.ops), keys.length).map((i) => keys[i])
  await measure({
    async run () {
      let sum = 0
      for (const key of wanted) sum = (sum + await store.get(key)) | 0
      return sum
    }
  })
}

async function tear () {
  const store = await peer.open(args.folder)
  await store.appendBulk(records().slice(0, MORE))
  const tail = peer.tail(args.folder)
  fs.truncateSync(tail, fs.statSync(tail).size - CUT_BYTES)
}

async function memory () {
  const store = await peer.open(args.folder)
  const sum = await store.scan()
  print(`:temperature :first :bytes ${machine.memory('VmHWM') - residentAtStart} :sum ${sum} :ops ${args.ops}`)
}

async function build () {
  fs.mkdirSync(args.folder, { recursive: true })
  const store = await peer.open(args.folder)
  await store.appendBulk(records())
  await store.close()
}

async function appendBulk () {
  const all = records()
  await measure(appending(all.length, false, (store) => store.appendBulk(all)))
}

const opened = () => peer.open(args.folder)
const rows = {
  build,
  tear,
  'append-bulk': appendBulk,
  'force-1': force,
  scan: async () => { const store = await opened(); await measure({ run: () => store.scan() }) },
  reverse: async () => { const store = await opened(); await measure({ run: () => store.reverse() }) },
  newest: async () => { await load(); await measure(opening((store) => store.reverse(10), none)) },
  open: async () => { await load(); await measure(opening(none, (store) => store.scan(1))) },
  'open-torn': async () => { await load(); await once(opening(none, (store) => store.scan(Number(args.records)))) },
  'get-1': gets,
  memory
}

rows[args.row]().then(() => process.exit(0), (err) => { console.error(err); process.exit(1) })
