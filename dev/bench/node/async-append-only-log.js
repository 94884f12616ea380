'use strict'
// async-append-only-log as a peer, with its own default block size. It writes, and forces, whole blocks.

const path = require('path')
const Log = require('async-append-only-log')
const { sum } = require('./sum')

const BATCH = 1000

const promised = (call) => new Promise((resolve, reject) => call((err, x) => err ? reject(err) : resolve(x)))

const tail = (folder) => path.join(folder, 'bench.log')

async function open (folder) {
  // Its default waits 250 ms for more to write, which here would only be waited for.
  const log = Log(tail(folder), { writeTimeout: 1 })
  await new Promise((resolve) => log.onDrain(resolve))

  function read (options, each) {
    return new Promise((resolve, reject) => log.stream(options).pipe({
      paused: false,
      write: each,
      end: (err) => err && err !== true ? reject(err) : resolve()
    }))
  }

  return {
    async appendBulk (records) {
      for (let i = 0; i < records.length; i += BATCH) {
        await promised((cb) => log.append(records.slice(i, i + BATCH), cb))
      }
      await new Promise((resolve) => log.onDrain(resolve))
    },
    async appendForced (record) {
      await promised((cb) => log.append(record, cb))
      await new Promise((resolve) => log.onDrain(resolve))
    },
    async scan (limit) {
      let all = 0
      await read({ offsets: false, limit: limit || 0 }, (value) => { all = (all + sum(value)) | 0 })
      return all
    },
    async keys () {
      const keys = []
      await read({ offsets: true, values: false }, (offset) => keys.push(offset))
      return keys
    },
    get: async (key) => sum(await promised((cb) => log.get(key, cb))),
    close: () => promised((cb) => log.close(cb))
  }
}

module.exports = { open, tail }
