#pragma once

#include <QLineEdit>

class QCompleter;
class QStringListModel;

namespace signalbox::ui {

/// The filter line: says by a coloured line and a mark whether it understood, and completes keys and values. GUI thread.
class FilterEdit : public QLineEdit {
    Q_OBJECT

public:
    explicit FilterEdit(QWidget* parent = nullptr);

    /// An empty sentence: understood.
    void setError(const QString& sentence);
    /// Where the words after `key:` come from, besides the fixed ones.
    using ValueSource = std::function<QStringList(const QString& key)>;
    void setValueSource(ValueSource source) { m_values = std::move(source); }
    /// What may follow the text before the cursor; for tests.
    [[nodiscard]] QStringList suggestions() const;

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    /// The unfinished word before the cursor.
    [[nodiscard]] QString currentWord() const;
    void suggest();
    void insert(const QString& completion);

    QCompleter* m_completer;
    QStringListModel* m_words;
    ValueSource m_values;
    QString m_error;
};

}  // namespace signalbox::ui
