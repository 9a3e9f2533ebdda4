import type { Config } from '#config';

type Address = Pick<Config, 'PAYMENT_SANDBOX_API_URL' | 'PORT'>;

const apiUrl = ({ PAYMENT_SANDBOX_API_URL: url, PORT }: Address): string => url ?? `http://127.0.0.1:${PORT}`;

/** Where the page is on which buyers approve payments; the reference follows. */
export const sandboxPages = (config: Address): string => `${apiUrl(config)}/sandbox/payments`;

/** Where the sandbox sends its webhooks. */
export const sandboxWebhookUrl = (config: Address): string => `${apiUrl(config)}/v1/webhooks/payments/sandbox`;
