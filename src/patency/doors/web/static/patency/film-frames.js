// The frames the film has read: what was read is kept up to KEPT_BYTES, the oldest go first.
export const KEPT_BYTES = 192 * 1024 * 1024
export const PASSED_BY = 'passed by'
const AT_ONCE = 2
const IN_ONE = 6 // frames of one answer: what an answer costs is spread over them

export function framesOf({ runs, tables }, current) {
  const kept = new Map() // "run:frame" -> values, the oldest first
  const asked = new Map() // "run:frame" -> promise
  const batches = new Map() // number -> what is on its way, by frame
  const worker = new Worker(new URL('./film-worker.js', import.meta.url), { type: 'module' })
  let keptBytes = 0
  let waiting = []
  let numbered = 0
  let isDue = false

  function keep(name, values) {
    kept.set(name, values)
    keptBytes += values.byteLength
    for (const [old, held] of kept) {
      if (keptBytes <= KEPT_BYTES) break
      if (old === name || old === current()) continue
      kept.delete(old)
      keptBytes -= held.byteLength
    }
  }

  function next() {
    isDue = false
    while (batches.size < AT_ONCE && waiting.length) {
      const one = waiting.shift()
      const batch = [one]
      // What is looked at now comes alone: it waits for no other.
      while (one.name !== current() && waiting.length && batch.length < IN_ONE) {
        const following = waiting[0]
        if (following.run !== one.run || following.frame !== one.frame + batch.length) break
        batch.push(waiting.shift())
      }
      numbered += 1
      batches.set(numbered, new Map(batch.map((each) => [each.frame, each])))
      const told = runs[one.run]
      const lookup = told.table === null ? null : tables[told.table]
      worker.postMessage({ batch: numbered, run: one.run, told, lookup, first: one.frame, count: batch.length })
    }
  }

  function soon() {
    if (!isDue) { isDue = true; queueMicrotask(next) }
  }

  function ended(number, why) {
    for (const one of batches.get(number).values()) { asked.delete(one.name); one.failed(new Error(why)) }
    batches.delete(number)
    next()
  }

  worker.addEventListener('message', ({ data }) => {
    const batch = batches.get(data.batch)
    if (!batch) return
    if (!data.values) { ended(data.batch, data.ended); return }
    const one = batch.get(data.frame)
    batch.delete(data.frame)
    asked.delete(one.name)
    keep(one.name, data.values)
    one.done(data.values)
  })
  worker.addEventListener('error', () => { for (const number of [...batches.keys()]) ended(number, 'no worker') })

  function ask(run, frame) {
    const name = `${run}:${frame}`
    if (kept.has(name)) return Promise.resolve(kept.get(name))
    if (!asked.has(name)) {
      asked.set(name, new Promise((done, failed) => waiting.push({ run, frame, name, done, failed })))
      soon()
    }
    return asked.get(name)
  }

  function forget() {
    // What was wanted before a jump is not wanted any more.
    for (const one of waiting) { asked.delete(one.name); one.failed(new Error(PASSED_BY)) }
    waiting = []
  }

  return { ask, forget }
}
