import { statement } from '#database';

export const SAVE_LOCATION = statement(`
  INSERT INTO inventory.locations (id, name, active, priority, receives_returns) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (id) DO UPDATE SET name = $2, active = $3, priority = $4, receives_returns = $5`);
