/** Short sounds, made on the spot: who scans looks at the pile, not at the screen. */
const TONES = { good: [[880, 0.08]], bad: [[220, 0.18], [160, 0.22]], end: [[660, 0.1], [990, 0.16]] };
let context = null;

export function play(kind) {
    const AudioContext = window.AudioContext || window.webkitAudioContext;
    if (!AudioContext) {
        return;
    }
    try {
        context ||= new AudioContext();
        let start = context.currentTime;
        for (const [frequency, seconds] of TONES[kind]) {
            const tone = context.createOscillator();
            const volume = context.createGain();
            tone.frequency.value = frequency;
            tone.type = kind === "bad" ? "square" : "sine";
            volume.gain.value = 0.08;
            tone.connect(volume).connect(context.destination);
            tone.start(start);
            tone.stop(start + seconds);
            start += seconds;
        }
    } catch {
        // Without sound the colour remains.
    }
}
