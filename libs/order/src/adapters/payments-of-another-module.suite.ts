import { CapturedPayments, type ClaimedCapture, type UnfitCapture } from '#contracts';
import { newId } from '#kernel';

/** Payment module of another process, which has taken every payment but one. */
export class PaymentsOfAnotherModule extends CapturedPayments {
  static readonly UNKNOWN = newId('pay');

  override async areCaptured(_db: unknown, claims: readonly ClaimedCapture[]): Promise<boolean[]> {
    return claims.map(({ paymentId }) => paymentId !== PaymentsOfAnotherModule.UNKNOWN);
  }

  override areAuthorized(): Promise<never> {
    return Promise.reject(new Error('Nothing is promised here.'));
  }

  override givingBackOf(): Promise<never> {
    return Promise.reject(new Error('Nothing is cancelled here.'));
  }

  override disputeOf(): Promise<never> {
    return Promise.reject(new Error('Nothing is disputed here.'));
  }

  readonly givenBack: UnfitCapture[] = [];

  override async giveBack(_tx: unknown, captures: readonly UnfitCapture[]): Promise<void> {
    this.givenBack.push(...captures);
  }
}
