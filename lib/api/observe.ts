/** One answered request. `route` is the path template, so its values are few. */
export interface ObservedRequest {
  route: string;
  method: string;
  status: number;
  seconds: number;
}

type Observer = (request: ObservedRequest) => void;

const OBSERVER = Symbol.for("plumbline.http.observer");
const holder = globalThis as unknown as { [OBSERVER]?: Observer };

/** Whoever counts requests registers once per process; bundles of one process share it. */
export function onRequestAnswered(observer: Observer): void {
  holder[OBSERVER] = observer;
}

export function requestAnswered(request: ObservedRequest): void {
  holder[OBSERVER]?.(request);
}
