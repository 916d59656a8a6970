// The machine in the corridor: keys to touch, a voice, and a screen that forgets who has gone.
// Without it every screen still works, with a keyboard and with the browser's own refresh.
const settings = document.querySelector('[data-kiosk]').dataset

// ---- keys to touch; a hand scanner is a keyboard and ends with Enter

const code = document.querySelector('[data-code-form] input[name=code]')
if (code) {
  const longest = 12
  const typed = () => code.value.replace(/[\s-–]/g, '')
  document.querySelectorAll('[data-key]').forEach((key) => key.addEventListener('click', () => {
    if (typed().length < longest) code.value = grouped(typed() + key.dataset.key)
  }))
  document.querySelector('[data-back]').addEventListener('click', () => {
    code.value = grouped(typed().slice(0, -1))
  })
  document.addEventListener('keydown', (event) => {
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey &&
        document.activeElement !== code && !document.querySelector('dialog[open]')) code.focus()
  })
}

function grouped (text) {
  return (text.match(/.{1,4}/g) || []).join(' ')
}

// ---- a screen that looks again, or begins again

if (settings.again) {
  setTimeout(() => location.replace(settings.goesTo), Number(settings.again) * 1000)
}

// ---- nobody there

const asks = document.querySelector('[data-still-there]')
if (settings.idle && asks) {
  const count = asks.querySelector('[data-count]')
  let waits, ticks
  const begin = () => {
    clearTimeout(waits)
    clearInterval(ticks)
    if (asks.open) asks.close()
    waits = setTimeout(ask, Number(settings.idle) * 1000)
  }
  const ask = () => {
    let left = Number(settings.warned)
    count.textContent = left
    asks.showModal()
    ticks = setInterval(() => {
      left -= 1
      count.textContent = left
      if (left <= 0) {
        clearInterval(ticks)
        if (code) code.value = ''
        location.replace(settings.begin)
      }
    }, 1000)
  }
  // Not "change": a field that loses the focus to the question says it too.
  for (const touch of ['pointerdown', 'keydown', 'input']) {
    document.addEventListener(touch, begin, { capture: true, passive: true })
  }
  begin()
}

// ---- a voice, where the machine has one

const read = document.querySelector('[data-read]')
if (read && 'speechSynthesis' in window) {
  const label = read.querySelector('[data-label]')
  const begin = label.textContent
  const silent = () => { label.textContent = begin }
  read.hidden = false
  read.addEventListener('click', () => {
    if (speechSynthesis.speaking) {
      speechSynthesis.cancel()
      return silent()
    }
    for (const part of parts()) {
      const said = new SpeechSynthesisUtterance(part.text)
      said.lang = part.language
      said.rate = 0.9
      said.onend = () => { if (!speechSynthesis.pending) silent() }
      speechSynthesis.speak(said)
    }
    label.textContent = read.dataset.stop
  })
  addEventListener('pagehide', () => speechSynthesis.cancel())
}

// What is read: headings, texts and buttons of the screen, then where a person is, in this order.
function parts () {
  const chosen = '[data-say] h1, [data-say] p, [data-say] label, [data-say] li, ' +
    '[data-say] .kiosk-button, .kiosk-help p'
  return [...document.querySelectorAll(chosen)]
    .filter((each) => each.offsetParent && !each.querySelector('label') && !each.hasAttribute('aria-hidden'))
    .flatMap((each) => each.querySelector('[lang]') ? [...each.querySelectorAll('[lang]')] : [each])
    .map((each) => ({
      text: each.textContent.replace(/\s+/g, ' ').trim(),
      language: (each.closest('[lang]') || document.documentElement).lang
    }))
    .filter((each) => each.text)
}
