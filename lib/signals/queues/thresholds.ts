/** From this share on a queue counts as failing … */
export const MIN_FAILURE_RATIO = 0.1;
/** … once this many jobs finished in the window: one failure among three is not a trend. */
export const MIN_FINISHED = 20;
