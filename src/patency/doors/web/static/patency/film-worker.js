// Fetches frames over WADO-RS beside the page, so that the page only draws. Several frames come in one
// answer of related parts; each is handed over, not copied, as soon as it is whole.
const LINE_END = 10
const LONGEST_HEAD = 4096
const PARTS = 'multipart/related; type="application/octet-stream"'

const GREY = 1 << 16
const tables = new Map() // run -> what each stored value means

function tableOf(told, run, lookup) {
  // A modality LUT says what stored values mean; those before it and after it take its ends (PS3.3 C.11.1.1).
  if (!tables.has(run)) {
    const read = Uint8Array.from(atob(lookup.values), (letter) => letter.charCodeAt(0))
    const meant = new Uint16Array(read.buffer)
    const top = 2 ** told.bits
    const table = new Uint16Array(GREY)
    for (let stored = 0; stored < GREY; stored += 1) {
      let value = stored % top
      if (told.signed && value >= top / 2) value -= top
      table[stored] = meant[Math.max(0, Math.min(meant.length - 1, value - lookup.first))]
    }
    tables.set(run, table)
  }
  return tables.get(run)
}

function asNumbers(told, bytes, table) {
  const values = told.bytes === 1 ? Uint16Array.from(bytes) : new Uint16Array(bytes.buffer)
  if (table) {
    for (let n = 0; n < values.length; n += 1) values[n] = table[values[n]]
  } else if (told.signed) {
    // Signed values are moved up, so that one table of 65536 greys serves both.
    for (let n = 0; n < values.length; n += 1) values[n] = (values[n] + 0x8000) & 0xffff
  }
  return values
}

class Answer {
  constructor(reader) { this.reader = reader; this.chunk = new Uint8Array(0); this.at = 0 }

  async more() {
    if (this.at < this.chunk.length) return
    const { done, value } = await this.reader.read()
    if (done) throw new Error('the answer ends too early')
    this.chunk = value
    this.at = 0
  }

  async line() {
    let text = ''
    while (text.length < LONGEST_HEAD) {
      await this.more()
      while (this.at < this.chunk.length) {
        const byte = this.chunk[this.at]
        this.at += 1
        if (byte === LINE_END) return text.trimEnd()
        text += String.fromCharCode(byte)
      }
    }
    throw new Error('this is no head of a part')
  }

  async bytes(length) {
    const whole = new Uint8Array(length)
    for (let have = 0; have < length;) {
      await this.more()
      const piece = this.chunk.subarray(this.at, this.at + length - have)
      whole.set(piece, have)
      have += piece.length
      this.at += piece.length
    }
    return whole
  }

  async part() {
    let length = -1
    // Between two parts stand an empty line and the mark; a head ends with an empty line.
    for (let line = await this.line(), inHead = false; !inHead || line; line = await this.line()) {
      if (line.startsWith('--')) inHead = true
      const [name, value] = line.split(':')
      if (name.toLowerCase() === 'content-length') length = Number(value)
    }
    if (!(length > 0)) throw new Error('a part does not say how long it is')
    return this.bytes(length)
  }
}

self.addEventListener('message', async ({ data }) => {
  const { batch, run, told, lookup, first, count } = data
  const numbers = Array.from({ length: count }, (_, n) => first + n + 1)
  let come = 0
  try {
    const answered = await fetch(`${told.frames}${numbers.join(',')}`, {
      headers: { Accept: PARTS }, credentials: 'same-origin', redirect: 'error'
    })
    if (!answered.ok) throw new Error(`${answered.status}`)
    const answer = new Answer(answered.body.getReader())
    for (; come < count; come += 1) {
      const bytes = await answer.part()
      if (bytes.length !== told.rows * told.columns * told.bytes) throw new Error('a frame has another size')
      const values = asNumbers(told, bytes, lookup && tableOf(told, run, lookup))
      self.postMessage({ batch, frame: first + come, values }, [values.buffer])
    }
    self.postMessage({ batch, ended: '' })
  } catch (error) {
    self.postMessage({ batch, ended: error.message || 'not had' })
  }
})
