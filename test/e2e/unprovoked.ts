/** Why these cannot be provoked over HTTP in this version. */
export const unprovoked: Readonly<Record<string, string>> = {
  cart_of_another: 'no customer is known in this shop: libs/cart/src/http/claim-cart.spec.ts provokes it',
  lock_timeout: 'work that waits too long for its lock goes on without it, or says what it is that is locked',
  lock_lost: 'no route lets a lost lock end its work: what it writes is guarded',
  rate_limited: 'limits are off in this shop: libs/http/src/rate-limit provokes them',
  shutting_down: 'a stopping process answers what reaches it',
  stale_fence: 'no route compares fences: versions and guarded writes do',
};
