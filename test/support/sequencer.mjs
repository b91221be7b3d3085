import Sequencer from '@jest/test-sequencer';

/** Rooms whose tests wait for servers: minutes each, where the others take seconds. */
const LONG = /[\\/]test[\\/](integration|browser|workflows)[\\/]/;

/**
 * The long ones first, so that the last minutes are not one file's alone. A clone that has run its tests knows how long each takes, and
 * goes by that; a fresh one knows only the size of a file, which says nothing of it.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const unknown = sorted.filter(({ duration }) => duration === undefined);
    if (unknown.length < sorted.length / 2) return sorted;
    return [...sorted.filter(({ path }) => LONG.test(path)), ...sorted.filter(({ path }) => !LONG.test(path))];
  }
}
