// The report editor by keyboard: one press fills in what is normal, a few lead to the parts. The
// page does the same without this, with one more round to the clinic's computer.
(() => {
  const form = document.getElementById('report-form')
  const sign = document.getElementById('sign')

  const pressed = (event, letter) =>
    event.altKey && !event.ctrlKey && !event.metaKey && event.code === `Key${letter}`

  document.addEventListener('keydown', (event) => {
    if (sign && pressed(event, 'S')) {
      event.preventDefault()
      sign.click()
    }
  })
  if (!form) return

  function fillIn(values) {
    for (const [name, value] of Object.entries(values)) {
      const choice = form.querySelector(`input[name="${name}"][value="${value}"]`)
      if (choice) choice.checked = true
    }
    form.dispatchEvent(new Event('quick', { bubbles: true }))
  }

  form.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-set]')
    if (!button) return
    event.preventDefault()
    fillIn(JSON.parse(button.dataset.set))
  })

  const parts = { C: 'part-cavity', R: 'part-right', L: 'part-left', I: 'part-rest' }
  document.addEventListener('keydown', (event) => {
    if (pressed(event, 'B')) {
      event.preventDefault()
      form.querySelector('button[value="all-normal"]').click()
    } else if (pressed(event, 'K')) {
      event.preventDefault()
      form.querySelector('button[value="keep"]').click()
    }
    for (const [letter, part] of Object.entries(parts)) {
      if (!pressed(event, letter)) continue
      event.preventDefault()
      const there = document.getElementById(part)
      const first = there.querySelector('.picks input:checked, .picks input')
      ;(first || there).focus()
      there.scrollIntoView({ block: 'start' })
    }
  })

  // Enter in a text of one line keeps nothing by accident.
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches('input')) event.preventDefault()
  })

  // What is saved by itself and what a button sends must not cross: the button's text would rest on
  // an older draft, and be kept beside the newer one instead of standing in the form. So a button
  // waits until the save that is on its way has been answered, and nothing is saved after it.
  const WAITS_MS = 8000
  let onTheirWay = 0
  let leaves = false
  let waiting = null

  function goOn() {
    if (!waiting || onTheirWay > 0) return
    clearTimeout(waiting.timer)
    const { button } = waiting
    waiting = null
    leaves = true
    form.requestSubmit(button)
  }

  form.addEventListener('submit', (event) => {
    if (leaves || onTheirWay === 0) {
      leaves = true
      return
    }
    event.preventDefault()
    if (waiting) return
    const timer = setTimeout(() => { onTheirWay = 0; goOn() }, WAITS_MS)
    waiting = { button: event.submitter, timer }
  })
  form.addEventListener('htmx:beforeRequest', (event) => {
    if (event.target !== form) return
    if (leaves) event.preventDefault()
    else onTheirWay += 1
  })
  form.addEventListener('htmx:afterRequest', (event) => {
    if (event.target !== form) return
    onTheirWay = Math.max(0, onTheirWay - 1)
    setTimeout(goOn) // one that was queued begins first
  })
  // The page as it was left comes back with the browser's own Back.
  window.addEventListener('pageshow', () => { leaves = false })

  function say(text) {
    const status = document.querySelector('#live .saved')
    if (status) status.textContent = text
  }

  document.body.addEventListener('htmx:beforeSwap', (event) => {
    const answer = event.detail.xhr
    // A page to sign in is no answer to what was picked.
    if (answer.getResponseHeader('HX-Redirect') || !answer.responseText.includes('checks-title')) {
      event.detail.shouldSwap = false
      say(form.dataset.signedOut)
    }
  })
  document.body.addEventListener('htmx:responseError', (event) => {
    const isStranger = event.detail.xhr.status === 403
    say(isStranger ? form.dataset.signedOut : form.dataset.unreachable)
  })
  for (const name of ['htmx:sendError', 'htmx:timeout']) {
    document.body.addEventListener(name, () => say(form.dataset.unreachable))
  }
})()
