// Keeps the clock and the countdown by the server's time, and sends a claim without leaving the
// page. Without it the page works too: the form goes to the door, and the door sends her back.
// Every word it says stands in the page, in the page's language.
const clock = document.querySelector('[data-clock]')
const say = (name, values = {}) =>
  (clock.dataset[name] || '').replace(/\{(\w+)\}/g, (_, place) => values[place] ?? '')
const two = (number) => String(number).padStart(2, '0')
const pause = (ms) => new Promise((done) => setTimeout(done, ms))
let ahead = null // how far the server is from this phone, in milliseconds
let shownAt = null

const ask = async () => {
  const sent = performance.now()
  const said = await (await fetch(clock.dataset.clock, { cache: 'no-store' })).json()
  const halfway = (performance.now() - sent) / 2
  ahead = Date.parse(said.now) + halfway - Date.now()
}
const server = () => Date.now() + ahead

const left = (ms) => {
  const s = Math.ceil(ms / 1000)
  return say('left', { left: `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` })
}

// The page was made on the site's clock: go on from what it shows, whatever zone the phone is in.
const [h, m, s] = clock ? clock.textContent.split(':').map(Number) : [0, 0, 0]
const tick = () => {
  if (ahead === null) return
  if (shownAt === null) shownAt = { at: server(), day: ((h * 60 + m) * 60 + s) * 1000 }
  const day = Math.floor((shownAt.day + server() - shownAt.at) / 1000) % 86400
  clock.textContent = `${two(Math.floor(day / 3600))}:${two(Math.floor(day / 60) % 60)}:${two(day % 60)}`
  document.querySelectorAll('[role=timer]').forEach((timer) => {
    const ms = Date.parse(timer.dataset.opens) - server()
    timer.textContent = ms > 0 ? left(ms) : say('open')
  })
  document.querySelectorAll('form[data-claim][data-opens]').forEach((form) => {
    form.querySelector('button').disabled = Date.parse(form.dataset.opens) > server()
  })
}

// The page has a sentence for each answer of the door; for any other she looks at the page again.
const named = (kind) => kind.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())
const told = (said) => {
  const kind = said.answer || (said.type || '').split(':').pop()
  return say(named(kind), { number: said.number ?? said.waiting_place }) || say('noAnswer')
}

const claim = async (form) => {
  // The same key each time: an answer that was lost on the way is the same answer again.
  for (let tried = 0; tried < 8; tried += 1) {
    try {
      const back = await fetch(form.action, {
        method: 'POST',
        headers: {
          Authorization: `Ticket ${form.elements.ticket.value}`,
          'Idempotency-Key': form.elements.key.value,
        },
      })
      const said = await back.json()
      if (back.status < 500) return said
    } catch {
      // no answer arrived; ask again below
    }
    await pause(1000)
  }
  return null
}

const watch = (form) => {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const button = form.querySelector('button')
    const says = form.querySelector('[data-said]')
    button.disabled = true
    says.textContent = say('asking')
    const said = await claim(form)
    says.textContent = said === null ? say('noAnswer') : told(said)
    if (said && said.claim) location.reload()
    else button.disabled = false
  })
}

if (clock) {
  document.querySelectorAll('form[data-claim]').forEach(watch)
  ask().then(tick, () => {})
  setInterval(tick, 250)
  setInterval(() => ask().catch(() => {}), 30000)
}
