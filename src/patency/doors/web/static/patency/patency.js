// Wakes the components that gain from a script. Every page says the same without it.
import { initAll } from '../made/nhsuk.js'

document.documentElement.classList.add('has-script')
initAll()

// What came by htmx may hold components too.
document.body.addEventListener('htmx:afterSwap', (event) => initAll({ scope: event.target }))
