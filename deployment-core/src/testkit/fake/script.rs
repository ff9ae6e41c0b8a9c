//! What a fake answers, one answer after the other; the last one stays.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::error::{Error, ErrorKind, Result};

#[derive(Debug)]
pub(super) struct Script<T>(Arc<Mutex<State<T>>>);

#[derive(Debug)]
struct State<T> {
    next: VecDeque<Result<T, ErrorKind>>,
    asked: usize,
}

impl<T> Clone for Script<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Clone> Script<T> {
    pub(super) fn new(answers: impl IntoIterator<Item = T>) -> Self {
        Self(Arc::new(Mutex::new(State { next: answers.into_iter().map(Ok).collect(), asked: 0 })))
    }

    pub(super) fn set(&self, answer: Result<T, ErrorKind>) {
        self.state().next = VecDeque::from([answer]);
    }

    pub(super) fn asked(&self) -> usize {
        self.state().asked
    }

    pub(super) fn next(&self, operation: &'static str) -> Result<T> {
        let mut state = self.state();
        state.asked += 1;
        let answer = if state.next.len() > 1 { state.next.pop_front() } else { state.next.front().cloned() };
        match answer {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(kind)) => Err(Error::new(kind, operation, "the fake was told to fail")),
            None => Err(Error::new(ErrorKind::Failed, operation, "the fake has no answer")),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
