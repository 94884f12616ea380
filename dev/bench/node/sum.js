'use strict'
// The sum of a record and the sequence of random numbers, as in Sum.java and Records.java.

const ODD = 0x9E3779B1 | 0

function sum (data) {
  const n = data.length
  return Math.imul(n, ODD) ^ (data[0] | data[n >>> 1] << 8 | data[n - 1] << 16)
}

function picks (seed, count, records) {
  let x = seed
  return Array.from({ length: count }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) | 0
    return (x >>> 8) % records
  })
}

module.exports = { sum, picks }
