export interface EmailJob {
  to: string;
  template: string;
  /** What the template shows. As in real life, more than it needs. */
  values: Record<string, string>;
  /** When the message was written; receivers that greylist look at it. ISO 8601. */
  date: string;
}

export interface WebhookJob {
  merchantId: string;
  event: string;
  payment: {
    id: string;
    amount: string;
    currency: string;
    orderReference: string;
    payerEmail: string | null;
  };
  signingSecret: string;
}

/** A text message to a shop's owner. */
export interface NotificationJob {
  phone: string;
  text: string;
}

/** One finished payment, for the figures of the day. */
export interface AnalyticsJob {
  kind: string;
  currency: string;
  /** Minor units. */
  amount: string;
}

/** A shop's account statement, written the way its people read dates and amounts. */
export interface StatementJob {
  merchantId: string;
  /** BCP 47, such as `en-NG`. */
  locale: string;
}

/** One shop's part of a payout batch. */
export interface PayoutJob {
  merchantId: string;
  /** Names the withdrawal, so that repeating the job pays once. */
  reference: string;
}

/** What is in each queue. */
export interface JobData {
  settlements: { paymentId: string };
  emails: EmailJob;
  webhooks: WebhookJob;
  notifications: NotificationJob;
  analytics: AnalyticsJob;
  campaigns: EmailJob;
  statements: StatementJob;
  payouts: PayoutJob;
  "payout-batches": { shops: number };
  maintenance: Record<string, never>;
}

export type QueueName = keyof JobData;
export const QUEUE_NAMES: QueueName[] = [
  "settlements",
  "emails",
  "webhooks",
  "notifications",
  "analytics",
  "campaigns",
  "statements",
  "payouts",
  "payout-batches",
  "maintenance",
];
