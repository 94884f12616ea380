'use strict'
// Opens logs with the real flumelog-offset, and gives every call of it as a promise.
// Nothing here changes what the module does: this is the oracle.

const fs = require('fs')
const FlumeLog = require('flumelog-offset')
const LegacyLog = require('flumelog-offset/legacy')
const flumecodec = require('flumecodec')
const pull = require('pull-stream')

const DEFAULT_BLOCK_SIZE = 16384

// The module has no close and keeps its file descriptor to itself. Watching fs.open is the only way to learn which
// one it is; without that a long run of tests would use up all descriptors.
const descriptors = new Map()
const realOpen = fs.open
fs.open = function (file, flags, ...rest) {
  const done = rest.pop()
  realOpen.call(fs, file, flags, ...rest, (err, fd) => {
    if (!err && flags !== 'a') descriptors.set(file, fd)
    done(err, fd)
  })
}

// 'base64' is the module's own default, plain buffers; only the pipe to the tests carries them as base64.
// 'pretty' is how older scuttlebutt wrote its JSON.
const CODECS = {
  json: flumecodec.json,
  utf8: flumecodec.utf8,
  base64: { encode: (x) => x, decode: (x) => x, buffer: true },
  pretty: { encode: (x) => JSON.stringify(x, null, 2), decode: JSON.parse, buffer: false }
}

function codecNamed (name = 'json') {
  if (!Object.hasOwn(CODECS, name)) {
    throw new Error(`codec must be one of ${Object.keys(CODECS).join(', ')}, not ${name}`)
  }
  return CODECS[name]
}

// The bytes that the module writes for a value: lengths and trailer, and the data.
const TRAILER_BYTES = { 32: 4, 48: 6, 53: 8 }
const overhead = ({ legacy, bits = 32 }) => legacy ? 8 : 8 + TRAILER_BYTES[bits]

function encodedLength (codec, value) {
  const data = codecNamed(codec).encode(value)
  return Buffer.isBuffer(data) ? data.length : Buffer.byteLength(data)
}

function create ({ path, bits, legacy, codec, blockSize = DEFAULT_BLOCK_SIZE }) {
  if (legacy) return LegacyLog(path, blockSize, codecNamed(codec))
  return FlumeLog(path, { blockSize, codec: codecNamed(codec), offsetCodec: bits })
}

// Resolves when the module has read (and where it must, cut) the file, so that since is known.
// It has no error callback: a file it can't open is an uncaught exception, or silence.
function open (options) {
  const log = create(options)
  return new Promise((resolve) => {
    log.since.once(() => resolve({ log, options, fd: descriptors.get(options.path) }))
  })
}

// Only for a log with nothing under way: a late write to a closed descriptor could hit another file.
function close ({ fd }) {
  return new Promise((resolve, reject) => fs.close(fd, (err) => err ? reject(err) : resolve(true)))
}

function promised (call) {
  return new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))
}

const append = (open, value) => promised((cb) => open.log.append(value, cb))
const get = (open, offset) => promised((cb) => open.log.get(offset, cb))
const del = (open, offsets) => promised((cb) => open.log.del(offsets, cb))
const since = (open) => open.log.since.value

// What the stream gave before a failure is part of the answer, so it goes to the caller's list item by item.
function stream (open, opts = {}, items = []) {
  return new Promise((resolve, reject) => {
    pull(open.log.stream(opts), pull.drain((x) => { items.push(x) }, (err) => {
      if (err && err !== true) reject(err)
      else resolve(items)
    }))
  })
}

module.exports = { overhead, encodedLength, open, close, append, get, del, since, stream }
