// What a draft reading suggests, drawn over a frame of the film: where each tube was followed, and
// how far contrast had come in it by then. Yellow and dashed, with the word "draft": no finding.
const SIDES = ['right', 'left']
const YELLOW = '#ffd76a'
const TICK = 9

function lastOf(steps, seconds) {
  let found = null
  for (const step of steps) { if (step[0] <= seconds) found = step }
  return found
}

function at(points, cm) {
  // The place on the line so far from the horn, between two points of it.
  for (let n = 1; n < points.length; n += 1) {
    const [x, y, here] = points[n]
    const [lastX, lastY, last] = points[n - 1]
    if (here < cm) continue
    const share = here > last ? (cm - last) / (here - last) : 1
    return { n, x: lastX + share * (x - lastX), y: lastY + share * (y - lastY) }
  }
  const end = points.length - 1
  return { n: end, x: points[end][0], y: points[end][1] }
}

function stroke(on, path, dash, width) {
  on.beginPath()
  path.forEach(([x, y], n) => (n ? on.lineTo(x, y) : on.moveTo(x, y)))
  on.setLineDash([])
  on.strokeStyle = '#000'
  on.lineWidth = width + 2
  on.globalAlpha = 0.45
  on.stroke()
  on.setLineDash(dash)
  on.strokeStyle = YELLOW
  on.lineWidth = width
  on.globalAlpha = 1
  on.stroke()
}

function drawLine(on, line, cm, seconds, place) {
  const [, dx, dy] = lastOf(line.moved, seconds) || line.moved[0] || [0, 0, 0]
  // A point is the middle of a pixel: the middle of the first is half a pixel from the edge.
  const points = line.points.map(([x, y, far]) => [
    place.left + (x + dx + 0.5) * place.scale, place.top + (y + dy + 0.5) * place.scale, far
  ])
  if (points.length < 2) return null
  stroke(on, points, [3, 5], 1)
  if (!(cm > 0)) return [points[0][0], points[0][1]]
  const front = at(points, cm)
  const filled = [...points.slice(0, front.n), [front.x, front.y]]
  stroke(on, filled, [10, 4], 2.5)
  const [fromX, fromY] = points[front.n - 1]
  const [toX, toY] = points[front.n]
  const long = Math.hypot(toX - fromX, toY - fromY) || 1
  const across = [(-(toY - fromY) / long) * TICK, ((toX - fromX) / long) * TICK]
  stroke(on, [[front.x - across[0], front.y - across[1]], [front.x + across[0], front.y + across[1]]], [], 2.5)
  return [front.x, front.y]
}

// Draws what was suggested by this moment; place says where the picture lies on the canvas.
// Returns where each front was drawn, by side.
export function drawFronts(on, fronts, run, seconds, place, words) {
  const drawn = {}
  on.save()
  for (const side of SIDES) {
    const line = fronts[side] && fronts[side].lines[run]
    const step = line && lastOf(fronts[side].steps, seconds)
    if (!step) continue
    const where = drawLine(on, line, step[1], seconds, place)
    if (where) drawn[side] = where
  }
  on.font = '16px sans-serif'
  on.fillStyle = YELLOW
  for (const side of Object.keys(drawn)) on.fillText(words[side], drawn[side][0] + 12, drawn[side][1] - 8)
  if (words.said || Object.keys(drawn).length) on.fillText([words.draft, words.said].filter(Boolean).join(': '), 10, on.canvas.height - 12)
  on.restore()
  return drawn
}

// The same in words, for whoever does not see the canvas; '' before contrast came.
export function saidOfFronts(fronts, seconds, words) {
  const parts = []
  for (const side of SIDES) {
    const step = fronts[side] && lastOf(fronts[side].steps, seconds)
    if (step && step[1] > 0) parts.push(`${words[side]} ${step[1].toFixed(1)} cm`)
  }
  return parts.length ? parts.join(' · ') : ''
}
