/**
 * Solves `matrix · x = right` for a symmetric positive definite matrix, by Cholesky decomposition. The matrix of a
 * penalised logistic regression is one: its penalty is above zero.
 */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length;
  const cell = (row: number, column: number) => matrix[row]?.[column] ?? 0;
  const lower = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const at = (row: number, column: number) => lower[row]?.[column] ?? 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = cell(row, column);
      for (let k = 0; k < column; k++) sum -= at(row, k) * at(column, k);
      const target = lower[row] as number[];
      target[column] = row === column ? Math.sqrt(sum) : sum / at(column, column);
    }
  }
  const half = new Array<number>(size).fill(0);
  for (let row = 0; row < size; row++) {
    let sum = right[row] ?? 0;
    for (let k = 0; k < row; k++) sum -= at(row, k) * (half[k] ?? 0);
    half[row] = sum / at(row, row);
  }
  const x = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    let sum = half[row] ?? 0;
    for (let k = row + 1; k < size; k++) sum -= at(k, row) * (x[k] ?? 0);
    x[row] = sum / at(row, row);
  }
  return x;
}
