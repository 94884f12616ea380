'use strict'
// Reads a protected log with nothing but Node's own crypto and the layout of doc/format.md. It shares no code with flumelog.
//
//   node protected.js FILE [--bits 32|48|53] [--key HEX] [--passphrase TEXT]
//
// Prints one JSON object: {flags, id, frames: [{offset, type, more, value}], root, seals: [{size, root, signed}]}. Bytes are
// in hexadecimal. A frame that is not proved ends the program with an error.

const { createDecipheriv, createHash, createHmac, createPublicKey, hkdfSync, pbkdf2Sync, scryptSync, timingSafeEqual, verify } = require('crypto')
const { readFileSync } = require('fs')
const { parseArgs } = require('util')

const TYPES = ['record', 'head', 'note', 'seal']
const TAG_BYTES = 16

const fail = (offset, why) => { throw new Error(`frame at ${offset}: ${why}`) }
const uint64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b }
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()

// ---- checksums

const TABLE = Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; i++) n = n & 1 ? (n >>> 1) ^ 0x82f63b78 : n >>> 1
  return n >>> 0
})
const crc32c = (bytes) => (bytes.reduce((crc, byte) => TABLE[(crc ^ byte) & 255] ^ (crc >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0

function mix64 (x) {
  const step = (v, shift, times) => BigInt.asUintN(64, (v ^ (v >> shift)) * times)
  const z = step(step(x, 30n, 0xbf58476d1ce4e5b9n), 27n, 0x94d049bb133111ebn)
  return z ^ (z >> 31n)
}

function unchecked (data, { id }, offset) {
  const body = data.subarray(0, -4)
  const salt = Number(mix64(id.readBigUInt64BE() ^ BigInt(offset)) >> 32n)
  if (((crc32c(body) ^ salt) >>> 0) !== data.readUInt32BE(data.length - 4)) fail(offset, 'wrong checksum')
  return body.subarray(1)
}

// ---- keys and encryption

const derive = (head, key, ...info) => Buffer.from(hkdfSync('sha256', key, head.id, Buffer.concat(info), 32))

function recordKey (head, key, number, offset) {
  const span = Math.floor(offset / 2 ** 37)
  const suffix = span === 0 ? [number] : [number, span >> 8, span & 255]
  return derive(head, key, Buffer.from('flumelog 1 record'), Buffer.from(suffix))
}

function ofPassphrase (kdf, text) {
  const [a, b, c] = kdf.subarray(1, 4)
  const salt = kdf.subarray(4)
  const secret = Buffer.from(text.normalize('NFC'))
  if (kdf[0] === 1) return pbkdf2Sync(secret, salt, a << 16 | b << 8 | c, 32, 'sha512')
  if (kdf[0] === 2) return scryptSync(secret, salt, 32, { N: 2 ** a, r: b, p: c, maxmem: 2 ** 31 - 1 })
  throw new Error('Node has no Argon2id')
}

// A record's text is encrypted. What the log writes for itself is only authenticated.
function decrypted (data, head, key, offset, isRecord) {
  const body = data.subarray(14, -TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', recordKey(head, key, data[1], offset), data.subarray(2, 14))
  decipher.setAAD(Buffer.concat([data.subarray(0, 2), uint64(offset), isRecord ? Buffer.alloc(0) : body]))
  decipher.setAuthTag(data.subarray(-TAG_BYTES))
  const text = decipher.update(isRecord ? body : Buffer.alloc(0))
  decipher.final()
  return isRecord ? text : body
}

// ---- the tree of RFC 9162

function rootOf (leaves) {
  if (leaves.length < 2) return leaves[0] || sha256()
  let left = 1
  while (left * 2 < leaves.length) left *= 2
  return sha256(Buffer.from([1]), rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left)))
}

function isSigned (head, body) {
  const key = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), head.signer]), format: 'der', type: 'spki' })
  return verify(null, Buffer.concat([Buffer.from('flumelog 1 head'), head.id, body.subarray(0, 56)]), key, body.subarray(56))
}

// ---- frames

function * framesOf (file, trailerBytes) {
  for (let start = 0; start < file.length;) {
    const length = file.readUInt32BE(start)
    const end = start + 8 + length + trailerBytes
    const trailer = trailerBytes === 8 ? Number(file.readBigUInt64BE(end - 8)) : file.readUIntBE(end - trailerBytes, trailerBytes)
    if (end > file.length || file.readUInt32BE(start + 4 + length) !== length || trailer !== end) fail(start, 'not whole')
    yield { offset: start, data: file.subarray(start + 4, start + 4 + length) }
    start = end
  }
}

function readHead (data, offset) {
  if (data.length !== 99 || data.subarray(1, 10).toString('latin1') !== 'flumelog\x01') fail(offset, 'no head')
  const head = { flags: data[10], id: data.subarray(11, 27), kdf: data.subarray(27, 47), check: data.subarray(47, 63), signer: data.subarray(63, 95) }
  unchecked(data, head, offset)
  return { ...head, fields: Buffer.concat([data.subarray(0, 47), head.signer]) }
}

function checkKey (head, key) {
  const check = createHmac('sha256', derive(head, key, Buffer.from('flumelog 1 check'))).update(head.fields).digest()
  if (!timingSafeEqual(check.subarray(0, 16), head.check)) fail(0, 'wrong key')
}

function read (file, trailerBytes, { key: keyHex, passphrase }) {
  const all = [...framesOf(file, trailerBytes)]
  const head = readHead(all[0].data, 0)
  const isSealed = (head.flags & 1) === 1
  const isEncrypted = (head.flags & 2) === 2
  const key = passphrase === undefined ? Buffer.from(keyHex || '', 'hex') : ofPassphrase(head.kdf, passphrase)
  if (isEncrypted) checkKey(head, key)

  function contents ({ offset, data }) {
    if (data.every((byte) => byte === 0)) return { offset, type: 'deleted' }
    if (data[0] < 0xf8) fail(offset, 'no kind')
    const type = TYPES[(data[0] >> 1) & 3]
    const more = (data[0] & 1) === 1
    if (type === 'head') { readHead(data, offset); return { offset, type, more } }
    const isRecord = type === 'record'
    const text = isEncrypted ? decrypted(data, head, key, offset, isRecord) : unchecked(data, head, offset)
    return { offset, type, more, value: isRecord && isSealed ? text.subarray(16) : text }
  }

  const frames = all.map(contents)
  const noted = new Map()
  const step = isSealed ? 40 : 8
  for (const { value } of frames.filter(({ type }) => type === 'note')) {
    for (let i = 0; i < value.length; i += step) noted.set(Number(value.readBigUInt64BE(i)), value.subarray(i + 8, i + step))
  }
  for (const { offset } of frames.filter(({ type }) => type === 'deleted')) if (!noted.has(offset)) fail(offset, 'deleted without a note')
  const leaves = isSealed
    ? all.map(({ offset, data }, i) => frames[i].type === 'deleted' ? noted.get(offset) : sha256(Buffer.from([0]), uint64(offset), data))
    : []
  const seals = frames.filter(({ type }) => type === 'seal').map(({ offset, value }) => {
    const size = Number(value.readBigUInt64BE(0))
    const root = value.subarray(16, 48)
    if (frames.findIndex((frame) => frame.offset === offset) !== size) fail(offset, 'a seal of another size')
    if (!rootOf(leaves.slice(0, size)).equals(root)) fail(offset, 'a seal of another root')
    return { size, root: root.toString('hex'), signed: value.length > 56 && isSigned(head, value) }
  })
  const hex = (frame) => frame.value ? { ...frame, value: frame.value.toString('hex') } : frame
  return { flags: head.flags, id: head.id.toString('hex'), frames: frames.map(hex), seals, root: isSealed ? rootOf(leaves).toString('hex') : null }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { bits: { type: 'string', default: '53' }, key: { type: 'string' }, passphrase: { type: 'string' } }
})
const trailerBytes = values.bits === '53' ? 8 : Number(values.bits) / 8
console.log(JSON.stringify(read(readFileSync(positionals[0]), trailerBytes, values)))
