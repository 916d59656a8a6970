// Keeps the board fresh: asks again while the page is seen, keeps focus and what is being typed.
// Without it the page says the same, and a reload looks again.
const board = document.getElementById('board')
const shown = () => document.getElementById('updated')

async function lookAgain() {
  if (document.hidden || !board.isConnected) return
  const asked = { 'X-Board': 'again', 'If-None-Match': board.dataset.board }
  let answer
  try {
    answer = await fetch(window.location.href, { headers: asked, credentials: 'same-origin' })
  } catch {
    board.classList.add('stale')
    return
  }
  const isOurs = answer.headers.has('X-Updated') && !answer.redirected
  board.classList.toggle('stale', !isOurs)
  if (!isOurs) return
  if (answer.status === 200) replaceWith(await answer.text(), answer.headers.get('ETag'))
  shown().textContent = answer.headers.get('X-Updated')
  ring()
}

function replaceWith(text, mark) {
  const typed = new Map()
  for (const field of board.querySelectorAll('input:not([type=hidden])')) {
    if (field.value && field.value !== field.defaultValue) typed.set(field.id, field.value)
  }
  const opened = [...board.querySelectorAll('details[open]')].map(
    (each) => each.querySelector('input:not([type=hidden])')?.id
  )
  const active = document.activeElement
  const focus = board.contains(active) ? active.id : ''
  const chosen = focus && 'selectionStart' in active ? [active.selectionStart, active.selectionEnd] : null
  board.innerHTML = text
  board.dataset.board = mark
  for (const [id, value] of typed) {
    const field = document.getElementById(id)
    if (field) field.value = value
  }
  for (const id of opened) {
    const details = id && document.getElementById(id)?.closest('details')
    if (details) details.open = true
  }
  const again = focus && document.getElementById(focus)
  if (again) {
    again.focus({ preventScroll: true })
    if (chosen && chosen[0] !== null) again.setSelectionRange(...chosen)
  }
}

// A sound only where a person asked for it, on this screen and until it is left.
const sound = document.getElementById('sound')
let speaker = null
let heard = 0

function ring() {
  const alarms = Number(board.querySelector('[data-alarms]')?.dataset.alarms ?? 0)
  if (speaker && alarms > heard) {
    for (const [start, pitch] of [[0, 660], [0.25, 880]]) {
      const tone = speaker.createOscillator()
      const volume = speaker.createGain()
      tone.frequency.value = pitch
      volume.gain.value = 0.15
      tone.connect(volume).connect(speaker.destination)
      tone.start(speaker.currentTime + start)
      tone.stop(speaker.currentTime + start + 0.2)
    }
  }
  heard = alarms
}

sound?.addEventListener('click', () => {
  speaker = speaker ? null : new AudioContext()
  sound.setAttribute('aria-pressed', String(Boolean(speaker)))
  heard = 0
  ring()
})

if (board) {
  window.setInterval(lookAgain, 1000 * Number(board.dataset.seconds))
  document.addEventListener('visibilitychange', lookAgain)
}
