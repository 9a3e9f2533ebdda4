/**
 * What a newcomer needs once everything runs. The journey is plain bash and curl, and free of comments, so that it can
 * be pasted into zsh as well.
 *
 * @param {{api: string, operations: string, worker: string, adminKey: string, isNewKey: boolean, logs: string, seconds: string}} facts
 */
export function banner({ api, operations, worker, adminKey, isNewKey, logs, seconds }) {
  return `
Holdfast is up (${seconds})

  API        ${api}
  Docs       ${operations}/docs
  OpenAPI    ${operations}/openapi.json
  Metrics    ${operations}/metrics and ${worker}/metrics
  Admin key  ${adminKey}${isNewKey ? '  (new at every start; set ADMIN_API_KEY to keep one)' : '  (ADMIN_API_KEY)'}
  Logs       ${logs}

See an order through, each step with its answer and its time:  npm run demo
Or be the buyer yourself, in another terminal:

${journey(api)}
Ctrl-C ends everything that this command started.
`;
}

/** @returns {string} a buyer's way from cart to confirmed order */
function journey(api) {
  const address =
    '{"name":"Ada Lovelace","line1":"12 St James Square","city":"London","postalCode":"SW1Y 4JH","country":"GB"}';
  return `API=${api}
field() { grep -o "\\"$1\\":\\"[^\\"]*\\"" | head -n 1 | cut -d '"' -f 4; }
post() { curl -sS -X POST "$API$1" -H 'content-type: application/json' -H "cart-token: $TOKEN" -H "idempotency-key: $RANDOM-$RANDOM-$RANDOM" -d "$2"; echo; }
SKU=$(curl -sS "$API/v1/products?limit=1" | field sku)
CART=$(post /v1/carts '{}'); echo "$CART"
CART_ID=$(echo "$CART" | field id); TOKEN=$(echo "$CART" | field token)
post "/v1/carts/$CART_ID/items" '{"sku":"'"$SKU"'","quantity":1}'
ORDER=$(post /v1/orders '{"cartId":"'"$CART_ID"'","email":"ada@example.com","shippingAddress":${address}}'); echo "$ORDER"
ORDER_ID=$(echo "$ORDER" | field id)
post "/v1/orders/$ORDER_ID/payments" '{"method":{"type":"card","token":"tok_success"}}'
sleep 1; curl -sS "$API/v1/orders/$ORDER_ID" -H "cart-token: $TOKEN"; echo
`;
}
