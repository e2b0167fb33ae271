/**
 * Counts what a hand does in a tour: presses of the mouse and of keys, from a first to a
 * last step. WORKDAY's figures are the most that an act may cost.
 */
export function startCounting() {
    const count = { clicks: 0, keys: 0 };
    window.collectionCount = count;
    const onPress = () => count.clicks++;
    const onKey = () => count.keys++;
    document.addEventListener("pointerdown", onPress, true);
    document.addEventListener("keydown", onKey, true);
    count.stop = () => {
        document.removeEventListener("pointerdown", onPress, true);
        document.removeEventListener("keydown", onKey, true);
    };
}

/**
 * @param {string} act
 * @param {{clicks: number, keys: number}} most
 */
export function assertCount(act, most) {
    const { clicks, keys, stop } = window.collectionCount;
    stop();
    if (clicks > most.clicks || keys > most.keys) {
        throw new Error(
            `${act}: ${clicks} clicks and ${keys} keys, at most ${most.clicks} and ${most.keys}`
        );
    }
    console.info(`COUNT ${act}: ${clicks} clicks, ${keys} keys`);
}
