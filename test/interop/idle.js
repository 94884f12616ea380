'use strict'
// Tells at once that a callback will never come: when this process has no file operation under way, nothing is left that
// could call back. Waiting for a timer instead would make every known hang of the original cost seconds.

const QUIET_TURNS = 5

function fileWorkUnderWay () {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))
}

// Calls found() once the process has been quiet for some turns of the event loop. stop() ends the watch.
function neverAnswers (found) {
  let quiet = 0
  let handle = setImmediate(look)
  function look () {
    quiet = fileWorkUnderWay() ? 0 : quiet + 1
    if (quiet > QUIET_TURNS) found()
    else handle = setImmediate(look)
  }
  return { stop: () => clearImmediate(handle) }
}

module.exports = { neverAnswers }
