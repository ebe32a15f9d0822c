/** Made-up people who pay. Domains are reserved for examples; card numbers are valid by checksum only. */

const FIRST =
  "ada chidi ngozi tunde amara emeka zainab femi halima ike kemi musa nneka obi sade uche yusuf bola dayo efe".split(
    " ",
  );
const LAST =
  "okafor bello adeyemi nwosu lawal eze mohammed ojo balogun ibe danjuma okoro sani uba akande musa dike ogun etim pam".split(
    " ",
  );

export const PAYERS = 40_000;

/** The provider does not know every 60th mailbox, and every 25th lies behind a server that greylists. */
const mailDomain = (n: number): string =>
  n % 60 === 47
    ? "gone.example"
    : n % 25 === 23
      ? "greylist.example"
      : n % 2 === 0
        ? "mail.example"
        : "post.example";

export interface Payer {
  name: string;
  email: string;
  card: string;
}

/** The n-th payer (0 to PAYERS - 1), always the same. */
export function payer(n: number): Payer {
  const first = FIRST[n % FIRST.length] ?? "";
  const last = LAST[Math.floor(n / FIRST.length) % LAST.length] ?? "";
  return {
    name: `${capital(first)} ${capital(last)}`,
    email: `${first}.${last}${n}@${mailDomain(n)}`,
    card: cardNumber(n),
  };
}

/** No country has the code 999. */
export const ownersPhone = (merchant: number | bigint): string =>
  `+999${String(merchant).padStart(9, "0")}`;

export const merchantName = (n: number): string =>
  `${capital(LAST[n % LAST.length] ?? "")} ${TRADES[n % TRADES.length]} ${n}`;
const TRADES = ["Foods", "Fabrics", "Phones", "Travel", "Books", "Motors", "Pharmacy", "Studio"];

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** 4000 00…, the payer's number, and the Luhn check digit. */
function cardNumber(n: number): string {
  const digits = `4000${String(1_000_003 * n).padStart(11, "0")}`;
  const sum = [...digits].toReversed().reduce((total, digit, at) => {
    const value = at % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return digits + String((10 - (sum % 10)) % 10);
}

/** Picks 0 to n-1 so that the k-th is chosen about 1/k as often as the first: a few customers make most of the traffic. */
export const zipf = (n: number): number =>
  Math.min(n - 1, Math.floor(Math.exp(Math.random() * Math.log(n + 1))) - 1);
