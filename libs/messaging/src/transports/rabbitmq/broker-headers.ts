/**
 * Headers that RabbitMQ itself writes into a message or reads as further addresses, by prefix where it has several. A message that is sent
 * again must not carry them: they tell of an earlier journey, and the broker adds its own.
 */
const OF_BROKER = /^(x-death|x-first-death-|x-last-death-|x-delivery-|x-acquired-|x-opt-|cc$|bcc$)/i;

/** Those of them that differ from one delivery of the same message to the next. */
const OF_DELIVERY = /^(x-delivery-|x-acquired-|x-opt-)/i;

type Headers = Readonly<Record<string, unknown>>;

export const isBrokerHeader = (name: string): boolean => OF_BROKER.test(name);

/** What stays the same however often the message is delivered. */
export const withoutDeliveryHeaders = (headers: Headers): Record<string, unknown> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_DELIVERY.test(name)));
