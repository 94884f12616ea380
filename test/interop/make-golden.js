'use strict'
// Made the golden files, with the real flumelog-offset. Golden files are never regenerated: they are what that module
// wrote once, and a test that fails against them is right.
//
//   node make-golden.js            makes the files that golden-values.js and the list below describe
//   node make-golden.js NAME...    makes only these (for a new one), and adds them to golden.json
//   node make-golden.js --check    makes all of them in a temporary folder and compares; changes nothing

const assert = require('assert')
const crypto = require('crypto')
const fs = require('fs')
const os = require('os')
const path = require('path')
const original = require('./original')
const v = require('./golden-values')

const FOLDER = path.join(__dirname, 'golden')
const MANIFEST = path.join(FOLDER, 'golden.json')

const FORMATS = [
  { label: 'flume32', framing: 'flume', bits: 32 },
  { label: 'flume48', framing: 'flume', bits: 48 },
  { label: 'flume53', framing: 'flume', bits: 53 },
  { label: 'legacy', framing: 'legacy', bits: null }
]

// A file is a list of writes (an array is a batch, one call of append) and the indexes of the values deleted afterwards.
// Writes with a codec of their own are made in a session of their own.
const jsonWrites = [...v.JSON_VALUES.slice(0, 5), v.JSON_VALUES.slice(5, 9), ...v.JSON_VALUES.slice(9)]
  .map((write) => ({ write }))
const each = (values) => values.map((write) => ({ write }))

function filesOf (format) {
  const file = (name, blockSize, codec, writes, more) =>
    ({ file: `${format.label}-${name}.log`, ...format, blockSize, codec, writes, deleted: [], ...more })
  const common = [
    file('json', 64, 'json', jsonWrites, format.framing === 'flume' && { deleted: [6] }),
    file('ssb', 16384, 'json', [
      ...v.SSB_PRETTY.slice(0, 3).map((write) => ({ write, codec: 'pretty' })),
      { write: v.SSB_PRETTY.slice(3), codec: 'pretty' },
      { write: v.SSB_COMPACT }
    ]),
    file('empty', 16384, 'json', []),
    file('utf8', 32, 'utf8', each(v.UTF8_VALUES)),
    file('binary', 64, 'base64', [...each(v.BINARY_VALUES.slice(0, 4)), { write: v.BINARY_VALUES.slice(4) }])
  ]
  // The module deletes nothing from a legacy log.
  return format.framing === 'legacy' ? common : [
    ...common,
    file('json-first-deleted', 64, 'json', jsonWrites, { deleted: [0] }),
    file('json-last-deleted', 64, 'json', jsonWrites, { deleted: [11] }),
    file('self-naming', 16384, 'base64', each(v.selfNaming(original.overhead({ bits: format.bits }))), {
      note: 'The data of the second record names, like a trailer, the position just past that name.'
    })
  ]
}

// Legacy logs whose first frame looks like one with a trailer, and 32-bit ones that end like a wider one somewhere.
function adversaries () {
  const [flume32, , , legacy] = FORMATS
  const legacyLonger = [12, 14, 16].map((bytes) => ({
    file: `legacy-second-${bytes}-longer.log`, ...legacy, blockSize: 16384, codec: 'base64',
    writes: each(v.secondLongerBy(bytes)), deleted: [],
    note: `The second record is ${bytes} bytes longer than the first.`
  }))
  const base = { ...flume32, blockSize: 16384, codec: 'base64' }
  return [
    ...legacyLonger,
    { file: 'flume32-record-of-65536.log', ...base, writes: each(v.RECORD_OF_65536), deleted: [],
      note: 'Opened as 48 bit, the second frame looks like the last good one.' },
    { file: 'flume32-empty-record.log', ...base, writes: each(v.EMPTY_RECORD), deleted: [1], writtenDeleted: true,
      note: 'The second record has no data at all. The original writes it, and no stream of it gets past it. ' +
            'Opened as 53 bit, it looks like the last good one.' }
  ]
}

const ALL = [...FORMATS.flatMap(filesOf), ...adversaries()]

const optionsOf = ({ bits, framing, blockSize, codec }, file) =>
  ({ path: file, bits: bits || undefined, legacy: framing === 'legacy', blockSize, codec })

// Where every value must be, by arithmetic, so that the module's answers are checked and not just noted down.
function expectedRecords (spec) {
  let offset = 0
  return spec.writes.flatMap(({ write, codec = spec.codec }) => [write].flat().map((value) => {
    const record = { offset, value }
    offset += original.overhead(optionsOf(spec)) + original.encodedLength(codec, value)
    return record
  }))
}

// A single value that is an array would be taken for a batch, so it goes in a batch of one.
async function writeValues (spec, file) {
  let codec = null
  let log = null
  for (const { write, codec: own = spec.codec } of spec.writes) {
    if (own !== codec) {
      if (log) await original.close(log)
      log = await original.open({ ...optionsOf(spec, file), codec: own })
      codec = own
    }
    await original.append(log, write)
  }
  await original.close(log || await original.open(optionsOf(spec, file)))
}

async function deleteSome (spec, file, offsets) {
  if (offsets.length === 0 || spec.writtenDeleted) return
  const log = await original.open(optionsOf(spec, file))
  await original.del(log, offsets)
  await original.close(log)
}

// The module itself must read back what was meant: forwards, backwards, and its since.
async function checkRead (spec, file, live, since) {
  const copy = `${file}.copy`
  fs.copyFileSync(file, copy)
  const log = await original.open(optionsOf(spec, copy))
  assert.strictEqual(original.since(log), since)
  if (!spec.writtenDeleted) {
    const wanted = live.map(({ offset, value }) => ({ seq: offset, value }))
    assert.deepStrictEqual(await original.stream(log), wanted)
    assert.deepStrictEqual(await original.stream(log, { reverse: true }), wanted.reverse())
  }
  await original.close(log)
  assert(fs.readFileSync(copy).equals(fs.readFileSync(file)), 'opening changed the file')
  fs.unlinkSync(copy)
}

const jsonValue = (value) => Buffer.isBuffer(value) ? value.toString('base64') : value

async function make (spec, folder) {
  const file = path.join(folder, spec.file)
  const records = expectedRecords(spec)
  const deleted = spec.deleted.map((i) => records[i].offset)
  const live = records.filter((r) => !deleted.includes(r.offset))
  const since = records.length ? records[records.length - 1].offset : -1
  await writeValues(spec, file)
  await deleteSome(spec, file, deleted)
  await checkRead(spec, file, live, since)
  const bytes = fs.readFileSync(file)
  return {
    file: spec.file, framing: spec.framing, bits: spec.bits, codec: spec.codec, blockSize: spec.blockSize, note: spec.note,
    since, size: bytes.length, sha256: crypto.createHash('sha256').update(bytes).digest('hex'), deleted,
    live: live.map(({ offset, value }) => [offset, jsonValue(value)])
  }
}

// One record per line, so that a person can read it.
function manifestText (entries) {
  const text = ({ live, ...entry }) => {
    const lines = live.map((record) => `\n   ${JSON.stringify(record)}`).join(',')
    return `${JSON.stringify(entry).slice(0, -1)}, "live": [${lines}]}`
  }
  return `[\n ${entries.map(text).join(',\n ')}\n]\n`
}

async function makeAll (specs, folder) {
  const entries = []
  for (const spec of specs) entries.push(await make(spec, folder))
  return entries
}

function chosen (names) {
  if (names.length === 0) return ALL
  const unknown = names.filter((name) => !ALL.some((spec) => spec.file === name))
  assert(unknown.length === 0, `no such golden file: ${unknown.join(', ')}`)
  return ALL.filter((spec) => names.includes(spec.file))
}

async function makeNew (names) {
  const specs = chosen(names)
  const there = specs.filter((spec) => fs.existsSync(path.join(FOLDER, spec.file)))
  assert(there.length === 0, `golden files are never regenerated; these exist: ${there.map((s) => s.file).join(', ')}`)
  const before = fs.existsSync(MANIFEST) ? JSON.parse(fs.readFileSync(MANIFEST, 'utf8')) : []
  assert(names.length > 0 || before.length === 0, 'golden files are never regenerated; name the new ones')
  fs.mkdirSync(FOLDER, { recursive: true })
  fs.writeFileSync(MANIFEST, manifestText([...before, ...await makeAll(specs, FOLDER)]))
}

async function check () {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flumelog-golden-'))
  try {
    const text = manifestText(await makeAll(ALL, folder))
    assert.deepStrictEqual(JSON.parse(text), JSON.parse(fs.readFileSync(MANIFEST, 'utf8')))
    for (const { file } of ALL) {
      assert(fs.readFileSync(path.join(FOLDER, file)).equals(fs.readFileSync(path.join(folder, file))), `${file} differs`)
    }
    console.log(`${ALL.length} golden files are what the original writes`)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const args = process.argv.slice(2)
const work = args[0] === '--check' ? check() : makeNew(args)
work.catch((err) => {
  console.error(err.message)
  process.exitCode = 1
})
