'use strict'
// flumelog-offset as a peer: buffers as they are, its own default block size, 53 bits. It has no close.

const fs = require('fs')
const path = require('path')
const FlumeLog = require('flumelog-offset')
const pull = require('pull-stream')
const { sum } = require('./sum')

const BATCH = 1000
const PLAIN = { encode: (x) => x, decode: (x) => x, buffer: true }

const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))

const tail = (folder) => path.join(folder, 'bench.log')

async function open (folder, forced) {
  const log = FlumeLog(tail(folder), { blockSize: 16384, codec: PLAIN, offsetCodec: 53 })
  await new Promise((resolve) => log.since.once(resolve))
  const fd = forced ? fs.openSync(tail(folder), 'r+') : null

  const read = (options, each) => promised((cb) => pull(log.stream(options), pull.drain(each, cb)))

  async function total (options) {
    let all = 0
    await read({ seqs: false, ...options }, (value) => { all = (all + sum(value)) | 0 })
    return all
  }

  return {
    async appendBulk (records) {
      for (let i = 0; i < records.length; i += BATCH) {
        await promised((cb) => log.append(records.slice(i, i + BATCH), cb))
      }
    },
    async appendForced (record) {
      await promised((cb) => log.append(record, cb))
      await promised((cb) => fs.fsync(fd, cb))
    },
    scan: (limit) => total({ limit: limit || -1 }),
    reverse: (limit) => total({ limit: limit || -1, reverse: true }),
    async keys () {
      const keys = []
      await read({ seqs: true, values: false }, (seq) => keys.push(seq))
      return keys
    },
    get: async (key) => sum(await promised((cb) => log.get(key, cb))),
    async close () { if (fd !== null) fs.closeSync(fd) }
  }
}

module.exports = { open, tail }
