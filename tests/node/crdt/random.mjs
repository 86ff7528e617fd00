// random.mjs - the same dice for the same seed
//
// SPDX-License-Identifier: LGPL-2.1-or-later

// mulberry32; numbers from 0 up to 1, below n, and one of a list. reset() begins at another state, reseed() at one that
// several numbers make.
export const makeRandom = (seed = 0) => {
  let state = seed >>> 0
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const int = n => Math.floor(random() * n)

  const reset = n => { state = n >>> 0 }
  const reseed = (...numbers) => reset(numbers.reduce((sum, n) => (Math.imul(sum ^ n, 0x85ebca6b) + 0x3c6ef372) >>> 0, 0))

  return { random, int, chance: p => random() < p, pick: list => list[int(list.length)], reset, reseed }
}
