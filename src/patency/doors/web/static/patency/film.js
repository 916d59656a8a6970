import { framesOf, KEPT_BYTES, PASSED_BY } from './film-frames.js'
import { drawFronts, saidOfFronts } from './film-fronts.js'

// The film beside the report: frames over WADO-RS, drawn on a canvas through a look-up table.
const AHEAD = 24
const GREY = 1 << 16

const place = document.getElementById('film')
const canvas = document.getElementById('film-canvas')
const data = place && JSON.parse(document.getElementById('film-data').textContent)

const film = {
  run: 0, frame: 0, plays: false, inverted: false, subtracts: false, mask: null, shift: [0, 0],
  zoom: 1, pan: [0, 0], centre: 0.5, width: 0.5,
  fronts: true
}
const table = new Uint32Array(GREY)
let tableOf = ''
let whole = null // the picture at its own size
let pixels = null
let shown = '' // what is on the canvas now
const seen = { frames: 0, first: 0 } // for whoever measures

function hasFronts() { return Object.keys(data.fronts).length > 0 }

function key(run, frame) { return `${run}:${frame}` }

const { ask, forget } = data ? framesOf(data, () => key(film.run, film.frame)) : {}

function askAhead() {
  const told = data.runs[film.run]
  const most = Math.min(AHEAD, Math.floor(KEPT_BYTES / 2 / (told.rows * told.columns * 2)))
  for (let n = 1; n <= most && film.frame + n < told.count; n += 1) {
    ask(film.run, film.frame + n).catch(() => {})
  }
}

function usual(values) {
  // Nobody told a window: the middle of what the first frame seen of a run holds, without its shutter.
  const some = []
  for (let n = 0; n < values.length; n += 97) some.push(values[n])
  some.sort((one, other) => one - other)
  const open = some.filter((value) => value > some[0] && value < some[some.length - 1])
  const from = open.length > 20 ? open : some
  const low = from[Math.floor(from.length * 0.002)]
  const high = from[Math.floor(from.length * 0.998)]
  return [low, Math.max(low + 1, high)]
}

function range(told) {
  if (told.usual) return told.usual
  const top = 2 ** Math.min(16, told.bits)
  const signed = told.signed && told.table === null // what comes out of a table has no sign
  const low = signed ? 0x8000 - top / 2 : 0
  if (!told.window) return [low, low + top]
  // A window is told in what values mean (PS3.3 C.11.2.1.2.1), pixels are as stored.
  const centre = (told.window[0] - told.intercept) / told.slope
  const width = told.window[1] / Math.abs(told.slope)
  const zero = signed ? 0x8000 : 0
  return [centre - width / 2 + zero, centre + width / 2 + zero]
}

function makeTable(told, subtracted) {
  const inverted = (film.inverted !== told.inverted) !== (told.slope < 0)
  const name = `${range(told)}${inverted}${film.centre}${film.width}${subtracted}`
  if (name === tableOf) return
  tableOf = name
  let [low, high] = range(told)
  if (subtracted) [low, high] = [GREY / 2 - (high - low) / 4, GREY / 2 + (high - low) / 4]
  const width = Math.max(1, (high - low) * 4 ** (2 * film.width - 1))
  const centre = (low + high) / 2 + (high - low) * (0.5 - film.centre) * 2
  const begin = centre - width / 2
  for (let value = 0; value < GREY; value += 1) {
    let grey = Math.max(0, Math.min(255, ((value - begin) / width) * 255))
    if (inverted) grey = 255 - grey
    table[value] = 0xff000000 | (grey << 16) | (grey << 8) | grey
  }
}

function paint(values, mask) {
  const told = data.runs[film.run]
  if (!whole || whole.width !== told.columns || whole.height !== told.rows) {
    whole = new OffscreenCanvas(told.columns, told.rows)
    pixels = new ImageData(told.columns, told.rows)
  }
  if (!told.window && !told.usual) told.usual = usual(values)
  makeTable(told, Boolean(mask))
  const out = new Uint32Array(pixels.data.buffer)
  if (mask) {
    const [dx, dy] = film.shift
    const { rows, columns } = told
    for (let y = 0; y < rows; y += 1) {
      const from = Math.max(0, Math.min(rows - 1, y - dy)) * columns
      for (let x = 0; x < columns; x += 1) {
        const at = y * columns + x
        const other = mask[from + Math.max(0, Math.min(columns - 1, x - dx))]
        out[at] = table[Math.max(0, Math.min(GREY - 1, values[at] - other + GREY / 2))]
      }
    }
  } else {
    for (let n = 0; n < values.length; n += 1) out[n] = table[values[n]]
  }
  const pen = whole.getContext('2d')
  pen.putImageData(pixels, 0, 0)
  const on = canvas.getContext('2d')
  const scale = Math.min(canvas.width / told.columns, canvas.height / told.rows) * film.zoom
  on.fillStyle = '#000'
  on.fillRect(0, 0, canvas.width, canvas.height)
  on.imageSmoothingEnabled = scale < 2
  const left = (canvas.width - told.columns * scale) / 2 + film.pan[0]
  const top = (canvas.height - told.rows * scale) / 2 + film.pan[1]
  on.drawImage(whole, left, top, told.columns * scale, told.rows * scale)
  overlay(on, { left, top, scale })
}

function overlay(on, at) {
  if (!hasFronts()) return
  const seconds = data.runs[film.run].seconds[film.frame]
  const words = { right: place.dataset.right, left: place.dataset.left, draft: place.dataset.draft }
  const said = saidOfFronts(data.fronts, seconds, words)
  words.said = said
  document.getElementById('film-front-said').textContent = film.fronts && said ? `${place.dataset.draftSaid} ${said}` : ''
  const drawn = film.fronts ? drawFronts(on, data.fronts, film.run, seconds, at, words) : {}
  canvas.dataset.fronts = Object.entries(drawn).map(([side, [x, y]]) => `${side} ${x.toFixed(0)} ${y.toFixed(0)}`).join(', ')
}

function say() {
  const told = data.runs[film.run]
  const said = document.getElementById('film-said')
  const angle = told.angle ? ` · ${Math.round(told.angle[0])}°/${Math.round(told.angle[1])}°` : ''
  const lossy = told.lossy ? ` · ${place.dataset.lossy}` : ''
  said.textContent = `${place.dataset.run} ${told.number} · ${place.dataset.frame} ${film.frame + 1}/${told.count} · ${told.seconds[film.frame].toFixed(1)} s${angle}${lossy}`
  const slider = document.getElementById('film-at')
  slider.max = String(told.count)
  slider.value = String(film.frame + 1)
  for (const button of document.querySelectorAll('#film-runs button')) {
    button.setAttribute('aria-pressed', String(Number(button.value) === film.run))
  }
  for (const [name, is] of [['play', film.plays], ['invert', film.inverted], ['subtract', film.subtracts], ['choose', Boolean(chosenHere())], ['fronts', film.fronts]]) {
    place.querySelector(`[data-does=${name}]`)?.setAttribute('aria-pressed', String(is))
  }
}

function chosenHere() {
  return data.chosen.find((one) => one.run === film.run && one.frame === film.frame)
}

function listChosen() {
  const list = document.getElementById('film-chosen')
  list.replaceChildren(...data.chosen.map((one) => {
    const item = document.createElement('li')
    const there = document.createElement('button')
    there.type = 'button'
    there.textContent = one.words
    there.disabled = one.run < 0
    there.addEventListener('click', () => { film.plays = false; go(one.run, one.frame) })
    const away = document.createElement('button')
    away.type = 'button'
    away.textContent = place.dataset.take
    away.setAttribute('aria-label', one.remove)
    away.addEventListener('click', async () => { await changeChosen({ remove: one.id }, one); canvas.focus() })
    item.append(there, away)
    return item
  }))
  document.getElementById('film-none').hidden = data.chosen.length > 0
}

async function changeChosen(what, was) {
  const told = document.getElementById('film-told')
  const token = document.querySelector('#report-form [name=csrfmiddlewaretoken]').value
  let answer
  try {
    answer = await fetch(place.dataset.choose, {
      method: 'POST', credentials: 'same-origin', redirect: 'error', headers: { 'X-CSRFToken': token, Accept: 'application/json' }, body: new URLSearchParams(what)
    })
    const said = await answer.json()
    if (said.told) { told.textContent = said.told; return }
    data.chosen = said.chosen
  } catch {
    told.textContent = place.dataset.notKept
    return
  }
  listChosen()
  say()
  const now = was || chosenHere()
  told.textContent = `${was ? place.dataset.removed : place.dataset.chosen} ${now ? now.words : ''}`
}

async function show(isStep = true) {
  const name = key(film.run, film.frame)
  if (isStep) forget()
  const wanted = ask(film.run, film.frame)
  if (isStep) askAhead()
  let values
  let mask = null
  try {
    values = await wanted
    if (film.subtracts && film.mask) mask = await ask(...film.mask)
  } catch (error) {
    if (error.message !== PASSED_BY) document.getElementById('film-told').textContent = place.dataset.failed
    return
  }
  if (key(film.run, film.frame) !== name) return
  const fits = mask && mask.length === values.length
  paint(values, fits ? mask : null)
  if (shown !== name) {
    shown = name
    seen.frames += 1
    if (!seen.first) {
      seen.first = performance.now()
      canvas.dataset.at = String(seen.first)
    }
    canvas.dataset.shown = name
    canvas.dataset.frames = String(seen.frames)
  }
  say()
}

function go(run, frame) {
  film.run = Math.max(0, Math.min(data.runs.length - 1, run))
  film.frame = Math.max(0, Math.min(data.runs[film.run].count - 1, frame))
  return show()
}

let due = 0
async function tick(now) {
  if (!film.plays) return
  const told = data.runs[film.run]
  if (now >= due) {
    const last = film.frame >= told.count - 1
    if (last && film.run >= data.runs.length - 1) { film.plays = false; say(); return }
    if (last) { film.run += 1; film.frame = 0 } else film.frame += 1
    const steps = told.seconds
    const gap = last ? 0.6 : Math.min(0.6, steps[film.frame] - steps[film.frame - 1])
    const pace = Number(canvas.dataset.pace || 1)
    due = now + (1000 * gap) / pace
    await show(film.frame % 8 === 0)
  }
  requestAnimationFrame(tick)
}

const does = {
  play() { film.plays = !film.plays; due = 0; say(); if (film.plays) requestAnimationFrame(tick) },
  back() { film.plays = false; return film.frame > 0 ? go(film.run, film.frame - 1) : go(film.run - 1, Infinity) },
  on() { film.plays = false; return film.frame < data.runs[film.run].count - 1 ? go(film.run, film.frame + 1) : go(film.run + 1, film.run + 1 < data.runs.length ? 0 : Infinity) },
  before() { return go(film.run - 1, 0) },
  after() { return go(film.run + 1, 0) },
  invert() { film.inverted = !film.inverted; return show(false) },
  subtract() { film.subtracts = !film.subtracts; if (!film.mask) film.mask = [film.run, 0]; return show(false) },
  mask() { film.mask = [film.run, film.frame]; return show(false) },
  choose() {
    const here = chosenHere()
    film.plays = false
    return here ? changeChosen({ remove: here.id }, here) : changeChosen({ run: film.run + 1, frame: film.frame + 1 })
  },
  fronts() { if (!hasFronts()) return null; film.fronts = !film.fronts; return show(false) },
  closer() { film.zoom = Math.min(8, film.zoom * 1.25); return show(false) },
  wider() { film.zoom = Math.max(0.5, film.zoom / 1.25); return show(false) },
  reset() {
    Object.assign(film, { inverted: false, subtracts: false, mask: null, shift: [0, 0], zoom: 1, pan: [0, 0], centre: 0.5, width: 0.5 })
    document.getElementById('film-centre').value = 500
    document.getElementById('film-width').value = 500
    return show(false)
  }
}
const KEYS = { ' ': 'play', ArrowLeft: 'back', ArrowRight: 'on', PageUp: 'before', PageDown: 'after', i: 'invert', s: 'subtract', m: 'mask', k: 'choose', f: 'fronts', '+': 'closer', '=': 'closer', '-': 'wider', 0: 'reset' }
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

function typed(event) {
  const move = MOVES[event.key]
  if (move && (event.shiftKey || event.altKey)) {
    const which = event.shiftKey ? 'shift' : 'pan'
    const by = event.shiftKey ? 1 : 20
    film[which] = [film[which][0] + by * move[0], film[which][1] + by * move[1]]
    event.preventDefault()
    show(false)
    return
  }
  const name = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
  if (!name || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  does[name]()
}

function begin() {
  const runs = document.getElementById('film-runs')
  data.runs.forEach((told, number) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.value = String(number)
    const before = number && data.runs[number - 1].seconds.at(-1)
    const gap = number ? told.seconds[0] - before : 0
    button.textContent = `${told.number} · ${told.seconds[0].toFixed(0)} s`
    if (gap > 1) button.title = `${place.dataset.gap} ${gap.toFixed(0)} s`
    button.addEventListener('click', () => go(number, 0))
    runs.append(button)
  })
  place.addEventListener('click', (event) => {
    const button = event.target.closest('[data-does]')
    if (button) does[button.dataset.does]()
  })
  canvas.addEventListener('keydown', typed)
  // What is moved here is not typed into the report.
  place.addEventListener('change', (event) => event.stopPropagation())
  place.addEventListener('input', (event) => {
    event.stopPropagation()
    const { id, value } = event.target
    if (id === 'film-at') { film.plays = false; go(film.run, Number(value) - 1) }
    if (id === 'film-centre') { film.centre = value / 1000; show(false) }
    if (id === 'film-width') { film.width = value / 1000; show(false) }
  })
  let held = null
  canvas.addEventListener('pointerdown', (event) => { held = [event.clientX, event.clientY, film.centre, film.width]; canvas.setPointerCapture(event.pointerId) })
  canvas.addEventListener('pointerup', () => { held = null })
  canvas.addEventListener('pointermove', (event) => {
    if (!held) return
    film.centre = Math.max(0, Math.min(1, held[2] - (event.clientY - held[1]) / 500))
    film.width = Math.max(0.001, Math.min(1, held[3] + (event.clientX - held[0]) / 500))
    document.getElementById('film-centre').value = String(film.centre * 1000)
    document.getElementById('film-width').value = String(film.width * 1000)
    show(false)
  })
  listChosen()
  canvas.dataset.asked = String(performance.now())
  go(0, 0)
}

if (place) begin()
