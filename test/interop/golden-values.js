'use strict'
// What the golden files hold. All of it is invented. Nothing random and no clock: the same values, always.

const crypto = require('crypto')

const JSON_VALUES = [
  { greets: 'hello!' },
  { n: 1, float: 0.1, third: 1 / 3, tiny: 5e-324, huge: 1.7976931348623157e308, big: 1e21 },
  { int: 9007199254740991, negative: -9007199254740991, beyond32: 4294967296, small: -1, zero: 0 },
  { text: 'Grüße, 世界, Ελλάδα, नमस्ते, 🦀👩‍👩‍👧' },
  { escapes: 'quote " backslash \\ slash / tab \t newline \n return \r bell \u0007 nul \u0000 del \u007f line \u2028' },
  { nested: { list: [1, [2, [3, { deep: [true, false, null] }]]], empty: {}, none: [] } },
  'a bare string',
  42,
  [null, true, 'mixed', -2.5e-7],
  // More than three blocks of 64 bytes, without a repeating block.
  { long: Array.from({ length: 60 }, (_, i) => `w${i * 7919}`).join(' ') },
  { '': 'empty key', 'a key with spaces': 1, 'ns/key': 2, 'ключ': 3 },
  { last: true, at: '2018-02-07T01:26:13.840Z' }
]

const UTF8_VALUES = [
  'plain', 'zwei Wörter', '日本語のテキスト', '🙂', '🏳️‍🌈 flag, 👍🏽 thumb', 'line one\nline two', ' ', 'e\u0301 is not é',
  'the end\u0000with a zero byte inside'
]

const BINARY_VALUES = [
  Buffer.from([1]),
  Buffer.from([0, 1]),
  Buffer.from([1, 0, 0, 0]),
  Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  Buffer.alloc(64, 0xff),
  // Not valid UTF-8, so nobody may pass it through text.
  Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80, 0xfe, 0xff]),
  // Looks like a 32-bit frame of its own.
  Buffer.from([0, 0, 0, 1, 7, 0, 0, 0, 1, 0, 0, 0, 13])
]

const sha256 = (text) => crypto.createHash('sha256').update(text).digest('base64')

const AUTHORS = ['ada', 'grace', 'linus'].map((name) => `@${sha256(name)}.ed25519`)

const CONTENTS = [
  { type: 'about', about: AUTHORS[0], name: 'ada', description: 'I keep bees 🐝' },
  { type: 'contact', contact: AUTHORS[1], following: true, blocking: false },
  { type: 'post', text: 'hello, **world**\n\nfirst post', mentions: [], channel: 'new-people' },
  { type: 'vote', vote: { link: `%${sha256('some post')}.sha256`, value: 1, expression: '❤' } },
  { type: 'post', text: 'A longer one: ' + 'the bees came home before the rain. '.repeat(6).trim(), root: `%${sha256('root')}.sha256` },
  { type: 'pub', address: { host: 'pub.example', port: 8008, key: AUTHORS[2] } }
]

// A message as scuttlebutt's database stores it: {key, value: the signed message, timestamp: when it arrived}.
function message (i) {
  const author = AUTHORS[i % AUTHORS.length]
  const value = {
    previous: i < AUTHORS.length ? null : `%${sha256(`message ${i - AUTHORS.length}`)}.sha256`,
    author,
    sequence: Math.floor(i / AUTHORS.length) + 1,
    timestamp: 1517443200000 + i * 60000 + 0.5 * (i % 2),
    hash: 'sha256',
    content: CONTENTS[i % CONTENTS.length],
    signature: `${sha256(`first half ${i}`).slice(0, -1)}${sha256(`second half ${i}`)}.sig.ed25519`
  }
  return { key: `%${sha256(`message ${i}`)}.sha256`, value, timestamp: 1517443200100 + i * 60000 + 0.001 * i }
}

const SSB_PRETTY = [0, 1, 2, 3, 4].map(message)
const SSB_COMPACT = [5, 6, 7, 8].map(message)

// A first value, then one whose data names the position just past that name, as a trailer of this width would.
function selfNaming (overhead) {
  const first = Buffer.from('first')
  const before = Buffer.from('before ')
  const name = Buffer.alloc(overhead - 8)
  const end = first.length + overhead + 4 + before.length + name.length
  name.writeUInt32BE(end, name.length - 4)
  return [first, Buffer.concat([before, name, Buffer.from(' after')]), Buffer.from('third')]
}

// A legacy log begins like a 32-bit (48, 53) one when its second length equals the first frame's end in that width.
function secondLongerBy (bytes) {
  return [Buffer.alloc(20, 'a'), Buffer.alloc(20 + bytes, 'b'), Buffer.from('third')]
}

// A 32-bit frame whose length ends in sixteen zero bits ends like a 48-bit one.
const RECORD_OF_65536 = [Buffer.from('first'), Buffer.alloc(65536, 'a long record. '), Buffer.from('third')]

// And one without data ends like a 53-bit one.
const EMPTY_RECORD = [Buffer.from('first'), Buffer.alloc(0), Buffer.from('third')]

module.exports = {
  JSON_VALUES, UTF8_VALUES, BINARY_VALUES, SSB_PRETTY, SSB_COMPACT, selfNaming, secondLongerBy, RECORD_OF_65536, EMPTY_RECORD
}
