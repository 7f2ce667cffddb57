// Preloaded into a server: has its sockets answered at once, by the stand-in of bench/c/own.
//
// WINSOCK_OWN_PROFILE names a file: a CPU profile of the seconds that WINSOCK_OWN_SECONDS gives, from the
// first of them to the last, goes there. Plain JavaScript because it is preloaded.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

/** In microseconds. */
const INTERVAL = 100;

const {
  WINSOCK_OWN_DLL: dll,
  WINSOCK_OWN_PROFILE: file,
  WINSOCK_OWN_SECONDS: seconds = '2 4',
} = process.env;

if (dll && isMainThread) {
  process.dlopen({ exports: {} }, dll);
  if (file) profile(file, ...seconds.split(' ').map(Number));
}

function profile(file, from, to) {
  const session = new Session();
  session.connect();
  const post = (method, options) =>
    new Promise((resolve, reject) =>
      session.post(method, options, (error, result) => (error ? reject(error) : resolve(result))),
    );
  // From the beginning: only code that is compiled meanwhile tells which functions are compiled into it.
  post('Profiler.enable')
    .then(() => post('Profiler.setSamplingInterval', { interval: INTERVAL }))
    .then(() => post('Profiler.start'));
  setTimeout(async () => {
    const { profile } = await post('Profiler.stop');
    writeFileSync(file, JSON.stringify(since(profile, 1e6 * from)));
    session.disconnect();
  }, 1000 * to);
}

/** What a profile has from so many microseconds on. */
function since(profile, microseconds) {
  let at = 0;
  let elapsed = 0;
  while (at < profile.samples.length && elapsed < microseconds) elapsed += profile.timeDeltas[at++];
  return {
    ...profile,
    startTime: profile.startTime + elapsed,
    samples: profile.samples.slice(at),
    timeDeltas: profile.timeDeltas.slice(at),
  };
}
